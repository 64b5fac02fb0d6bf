import { describe, expect, test } from 'vitest';
import { expandHeredoc, expandWord, expandWords } from '../../src/dockerfile/expand.ts';
import { BACKSLASH, errorOf, expand, variables } from './expand-values.ts';

describe('names', () => {
  test.each([
    ['', ''],
    ['plain', 'plain'],
    ['$NAME', 'phyllo'],
    ['${NAME}', 'phyllo'],
    ['a${NAME}b', 'aphyllob'],
    ['$NAME.txt', 'phyllo.txt'],
    ['$NAME-$NAME', 'phyllo-phyllo'],
    ['$NAMES', ''],
    ['$name', ''],
    ['$_1', 'under'],
    ['$größe', 'XL'],
    ['${größe}!', 'XL!'],
    ['$LEAF/x', '葉っぱ/x'],
    ['$DOLLAR', '$NAME'],
    ['$EMPTY', ''],
    ['[$UNSET]', '[]'],
    ['$', '$'],
    ['a$', 'a$'],
    ['$.', '$.'],
    ['$ x', '$ x'],
    ['$/x', '$/x'],
    ['a$-b', 'ab'],
    ['$1', ''],
    ['${12}x', 'x'],
    ['$12ab', 'ab'],
    ['$007', ''],
    ['$@', ''],
    ['${*}', ''],
    ['x$$x', 'xx'],
    ['$?$!$#$0', ''],
    ['${@:-none}', 'none'],
    ['${1-none}', 'none'],
    ['${1:+some}', ''],
    ['${NAME}}', 'phyllo}'],
    ['}{', '}{'],
    ['😀$FACE', '😀a😀b'],
  ])('%j is %j', (word, text) => {
    expect(expand(word)).toBe(text);
  });
});

describe('quotes and escapes', () => {
  test.each([
    ['"a b"', 'a b'],
    ["'a b'", 'a b'],
    ['""', ''],
    ['a"b"\'c\'d', 'abcd'],
    ['"$NAME"', 'phyllo'],
    ["'$NAME'", '$NAME'],
    ['"it\'s $NAME"', "it's phyllo"],
    ['\'say "$NAME"\'', 'say "$NAME"'],
    ['\\$NAME', '$NAME'],
    ['\\\\$NAME', '\\phyllo'],
    ['\\\\\\$NAME', '\\$NAME'],
    ['"\\$NAME"', '$NAME'],
    ['"\\\\"', '\\'],
    ['"\\""', '"'],
    ['"\\n"', '\\n'],
    ['"\\\'"', "\\'"],
    ['\\n', 'n'],
    ['\\"', '"'],
    ["\\'", "'"],
    ["'\\'", '\\'],
    ["'a\\\\b'", 'a\\\\b'],
    ['a\\ b', 'a b'],
    ['end\\', 'end'],
    ['end\\\\', 'end\\'],
    ['\\${NAME}', '${NAME}'],
    ['$\\{NAME}', '${NAME}'],
    ['\\葉', '葉'],
    ['$QUOTED', '"q"'],
    ['<<EOF', '<<EOF'],
    ['`$NAME`', '`phyllo`'],
  ])('%j is %j', (word, text) => {
    expect(expand(word)).toBe(text);
  });

  test.each([
    ['`$NAME', '$NAME'],
    ['C:\\dir\\$NAME', 'C:\\dir\\phyllo'],
    ['"`$NAME"', '$NAME'],
    ['"``"', '`'],
    ['"\\$NAME"', '\\phyllo'],
    ['a`', 'a'],
    ['${NAME:+`}}', '}'],
  ])('with a backtick as escape %j is %j', (word, text) => {
    expect(expand(word, { escape: '`' })).toBe(text);
  });

  test.each([
    ['"$NAME"', { rawQuotes: true }, '"phyllo"'],
    ["'$NAME'", { rawQuotes: true }, "'$NAME'"],
    ['"\\$NAME"', { rawQuotes: true }, '"$NAME"'],
    ['\\$NAME', { rawEscapes: true }, '\\$NAME'],
    ['"\\$NAME"', { rawEscapes: true }, '\\$NAME'],
    ['"\\n"', { rawEscapes: true }, '\\\\n'],
    ['a\\', { rawEscapes: true }, 'a\\'],
    ['${UNSET:-\\}}', { rawEscapes: true }, '}'],
    ["'$NAME'", { skipQuotes: true }, "'phyllo'"],
    ['it\'s "$NAME', { skipQuotes: true }, 'it\'s "phyllo'],
    ['${UNSET:-"x"}', { skipQuotes: true }, '"x"'],
  ])('%j with %j is %j', (word, options, text) => {
    expect(expand(word, { escape: '\\', ...options })).toBe(text);
  });
});

describe('defaults', () => {
  test.each([
    ['${NAME-x}', 'phyllo'],
    ['${EMPTY-x}', ''],
    ['${UNSET-x}', 'x'],
    ['${NAME:-x}', 'phyllo'],
    ['${EMPTY:-x}', 'x'],
    ['${UNSET:-x}', 'x'],
    ['${NAME+x}', 'x'],
    ['${EMPTY+x}', 'x'],
    ['${UNSET+x}', ''],
    ['${NAME:+x}', 'x'],
    ['${EMPTY:+x}', ''],
    ['${UNSET:+x}', ''],
    ['${NAME?gone}', 'phyllo'],
    ['${NAME:?gone}', 'phyllo'],
    ['${EMPTY?gone}', ''],
    ['${UNSET:-}', ''],
    ['${UNSET:-$NAME}', 'phyllo'],
    ['${UNSET:-${NAME}}', 'phyllo'],
    ['${UNSET:-${EMPTY:-${NAME:+deep}}}', 'deep'],
    ['${UNSET:-a b}', 'a b'],
    ['${UNSET:-"a}b"}', 'a}b'],
    ["${UNSET:-'$NAME'}", '$NAME'],
    ['${UNSET:-\\}}', '}'],
    ['${UNSET:-\\$NAME}', '$NAME'],
    ['"${UNSET:-"a"}"', 'a'],
    ['${UNSET:-:-}', ':-'],
    ['${UNSET--x}', '-x'],
    ['${UNSET:-{}', '{'],
    ['${UNSET:-{a}}', '{a}'],
    ['${UNSET:-https://x/y}', 'https://x/y'],
    ['v${NAME:+-${NAME}}.tgz', 'v-phyllo.tgz'],
  ])('%j is %j', (word, text) => {
    expect(expand(word)).toBe(text);
  });
});

describe('refused, with the place', () => {
  test.each([
    ['"open', 0, 'the quote " is not closed'],
    ["ab'open", 2, "the quote ' is not closed"],
    ['"open\\"', 0, 'the quote " is not closed'],
    ["it\\\\'s", 4, "the quote ' is not closed"],
    ['${', 0, 'a } is missing'],
    ['a${NAME', 1, 'a } is missing'],
    ['${NAME:', 0, 'a } is missing'],
    ['${NAME:-', 0, 'a } is missing'],
    ['${NAME:-${NAME}', 0, 'a } is missing'],
    ['"${NAME"', 7, 'modifier "\\"" is not known'],
    ['${NAME#x', 0, 'a } is missing'],
    ['${NAME/x}', 0, 'a / is missing'],
    ['${NAME//x', 0, 'a / is missing'],
    ['${NAME/x/y', 0, 'a } is missing'],
    ['${}', 0, 'a name is missing'],
    ['x${}', 1, 'a name is missing'],
    ['${:-x}', 0, 'a name is missing'],
    ['${{NAME}}', 0, 'a name is missing'],
    ['${NAME:=x}', 6, 'modifier ":=" is not known'],
    ['${NAME=x}', 6, 'modifier "=" is not known'],
    ['${NAME:x}', 6, 'modifier ":x" is not known'],
    ['${NAME:#x}', 6, 'modifier ":#" is not known'],
    ['${NAME:%x}', 6, 'modifier ":%" is not known'],
    ['${NAME::-x}', 6, 'modifier "::" is not known'],
    ['${NAME^^}', 6, 'modifier "^" is not known'],
    ['${NAME,,}', 6, 'modifier "," is not known'],
    ['${NAME x}', 6, 'modifier " " is not known'],
    ['${.}', 2, 'modifier "." is not known'],
    ['${NAME.x}', 6, 'modifier "." is not known'],
    ['${NAME#\\a}', 6, 'a backslash that escapes nothing'],
    ['${NAME/\\[/x}', 6, 'a backslash that escapes nothing'],
    ['${UNSET:-${NAME:=x}}', 15, 'modifier ":=" is not known'],
    ['${NAME-${NAME', 7, 'a } is missing'],
    ['$NAME ${UNSET?}', 6, 'UNSET: it has to be set'],
    ['${UNSET:?}', 0, 'UNSET: it has to be set'],
    ['${EMPTY:?}', 0, 'EMPTY: it must not be empty'],
    ['${UNSET:?give $NAME a value}', 0, 'UNSET: give phyllo a value'],
    ['${UNSET?"a } b"}', 0, 'UNSET: a } b'],
    ['${NAME:-${UNSET:?also where it is not used}}', 8, 'also where it is not used'],
  ])('%j at %d: %s', (word, offset, reason) => {
    const error = errorOf(() => expand(word));
    expect(error.code).toBe('invalid-dockerfile');
    expect(error.message).toContain(reason);
    expect(error.data.offset).toBe(offset);
  });

  test('what is shown is safe and short', () => {
    const error = errorOf(() => expand(`\x1b[31m${'x'.repeat(1000)}"`));
    expect(error.message).not.toContain('\x1b');
    expect(error.message.length).toBeLessThan(160);
    expect(errorOf(() => expand('${UNSET:?\x1b[2J}')).message).toContain('\\x1b[2J');
  });
});

describe('names that were asked for', () => {
  test.each([
    ['plain', '', ''],
    ["'$NAME'", '', ''],
    ['$NAME $NAME', 'NAME', ''],
    ['$EMPTY', 'EMPTY', ''],
    ['$UNSET', '', 'UNSET'],
    ['${NAME:-$UNSET}', 'NAME', 'UNSET'],
    ['${UNSET:+$DIR}', 'DIR', 'UNSET'],
    ['${DIR#$PATTERN}', 'PATTERN DIR', ''],
    ['${NAME/$A/$B}', 'NAME', 'A B'],
    ['\\$NAME', '', ''],
    ['$$', '', '$'],
  ])('%j uses %j and lacks %j', (word, used, unset) => {
    const names = expandWord(word, variables, BACKSLASH);
    expect([...names.used].join(' ')).toBe(used);
    expect([...names.unset].join(' ')).toBe(unset);
  });
});

describe('many words of one', () => {
  test.each([
    ['', []],
    ['  ', []],
    ['80', ['80']],
    [' 80  443 ', ['80', '443']],
    ['$BLANKS', ['one', 'two']],
    ['x${BLANKS}y', ['x', 'one', 'two', 'y']],
    ['"$BLANKS"', [' one  two ']],
    ['x"${BLANKS}"y z', ['x one  two y', 'z']],
    ["a' 'b", ['a b']],
    ['a\\ b c', ['a b', 'c']],
    ['$UNSET', []],
    ['$UNSET $NAME', ['phyllo']],
    ['""', []],
    ['a\tb\nc', ['a', 'b', 'c']],
    ['a\u3000b\u00a0c', ['a', 'b', 'c']],
    ['10.0.0.1:${UNSET:-80}/tcp', ['10.0.0.1:80/tcp']],
    ['${UNSET:-1 2}', ['1', '2']],
    ['$LINES', ['one', 'two']],
  ])('%j is %j', (word, words) => {
    expect(expandWords(word, variables, BACKSLASH).words).toEqual(words);
  });

  test('tells the names too', () => {
    const { used, unset } = expandWords('$NAME $UNSET', variables, BACKSLASH);
    expect([[...used], [...unset]]).toEqual([['NAME'], ['UNSET']]);
  });
});

describe('heredoc bodies', () => {
  test.each([
    ['name = "$NAME"\n', 'name = "phyllo"\n'],
    ["name = '$NAME'\n", "name = 'phyllo'\n"],
    ["it's ${UNSET:-fine}\n", "it's fine\n"],
    ['cost \\$5\n', 'cost $5\n'],
    ['a\\nb\n', 'anb\n'],
    ['a\\\\b\n', 'a\\b\n'],
    ['`$NAME`\n', '`phyllo`\n'],
    ['a \\\nb\n', 'a \nb\n'],
    ['"open\n', '"open\n'],
    ['100$\n', '100$\n'],
    ['${UNSET:-"q"}', '"q"'],
    ['', ''],
  ])('%j is %j', (body, text) => {
    expect(expandHeredoc(body, variables).text).toBe(text);
  });

  test('a bad one is refused with its place', () => {
    expect(errorOf(() => expandHeredoc('line\n${NAME', variables)).data.offset).toBe(5);
  });
});
