import { describe, expect, test } from 'vitest';
import { expandHeredoc, expandWord } from '../../src/dockerfile/expand.ts';
import { BACKSLASH, errorOf, expand, variables } from './expand-values.ts';

describe('what is cut off and replaced', () => {
  test.each([
    ['${DIR#/}', 'usr/local/lib'],
    ['${DIR#*/}', 'usr/local/lib'],
    ['${DIR##*/}', 'lib'],
    ['${DIR%/*}', '/usr/local'],
    ['${DIR%%/*}', ''],
    ['${DIR#/usr}', '/local/lib'],
    ['${DIR#usr}', '/usr/local/lib'],
    ['${DIR%local}', '/usr/local/lib'],
    ['${FILE%.gz}', 'app.tar'],
    ['${FILE%.*}', 'app.tar'],
    ['${FILE%%.*}', 'app'],
    ['${FILE#*.}', 'tar.gz'],
    ['${FILE##*.}', 'gz'],
    ['${FILE#???}', '.tar.gz'],
    ['${FILE%?}', 'app.tar.g'],
    ['${FILE#}', 'app.tar.gz'],
    ['${FILE#*}', 'app.tar.gz'],
    ['${FILE##*}', ''],
    ['${FILE%%*}', ''],
    ['${FILE##a*r}', '.gz'],
    ['${FILE#a*r}', '.gz'],
    ['${FILE%t*z}', 'app.'],
    ['${FILE#x*}', 'app.tar.gz'],
    ['${FILE#app.tar.gz.more}', 'app.tar.gz'],
    ['${FILE#[a]}', 'app.tar.gz'],
    ['${STARS#a\\*}', 'b*c'],
    ['${STARS%\\*?}', 'a*b'],
    ['${STARS##*\\*}', 'c'],
    ['${SLASHED#a\\\\}', 'b'],
    ['${DIR#$UNSET}', '/usr/local/lib'],
    ['${DIR#$PATTERN}', 'usr/local/lib'],
    ['${DIR##$PATTERN}', 'lib'],
    ['${DIR##*$PATTERN}', 'lib'],
    ['${DIR#"/usr"}', '/local/lib'],
    ['${HASHES#$HASHES}', '##x'],
    ['${HASHES##\\*}', '##x'],
    ['${LEAF#?}', 'っぱ'],
    ['${LEAF%?}', '葉っ'],
    ['${FACE#a?}', 'b'],
    ['${FACE%?b}', 'a'],
    ['${LINES#*t}', 'one\ntwo'],
    ['${LINES##*}', '\ntwo'],
    ['${UNSET#*}', ''],
    ['${UNSET%%x}', ''],
    ['${DIR/usr/opt}', '/opt/local/lib'],
    ['${DIR/l/L}', '/usr/Local/lib'],
    ['${DIR//l/L}', '/usr/LocaL/Lib'],
    ['${DIR//\\//-}', '-usr-local-lib'],
    ['${DIR/\\//\\/}', '\\/usr/local/lib'],
    ['${DIR/absent/x}', '/usr/local/lib'],
    ['${DIR/usr/}', '//local/lib'],
    ['${DIR/?l/_}', '/usr_ocal/lib'],
    ['${DIR/l*l/_}', '/usr/_ib'],
    ['${DIR//l?/_}', '/usr/_ca__b'],
    ['${DIR/*/all}', 'all'],
    ['${DIR//*/all}', 'all'],
    ['${DIR/$PATTERN/}', 'lib'],
    ['${STARS//\\*/+}', 'a+b+c'],
    ['${NAME/l/$EMPTY}', 'phylo'],
    ['${NAME//l/$DIR}', 'phy/usr/local/lib/usr/local/libo'],
    ['${NAME//l/$DOLLAR}', 'phy$NAME$NAMEo'],
    ["${NAME//l/'$1'}", 'phy$1$1o'],
    ['${NAME//$EMPTY/-}', '-p-h-y-l-l-o-'],
    ['${NAME/$EMPTY/-}', '-phyllo'],
    ['${NAME//ll*/-}', 'phy-'],
    ['${UNSET//a/b}', ''],
    ['${UNSET//$EMPTY/b}', 'b'],
    ['${LINES//?/.}', '...\n...'],
    ['${FACE/😀/-}', 'a-b'],
    ['"${DIR##*/}"', 'lib'],
    ['${UNSET:-${DIR##*/}}', 'lib'],
    ['${DIR#${UNSET:-/usr}}', '/local/lib'],
  ])('%j is %j', (word, text) => {
    expect(expand(word)).toBe(text);
  });
});

describe('bounded', () => {
  const nested = (depth: number) => `${'${U:-'.repeat(depth)}x${'}'.repeat(depth)}`;

  test('a hundred levels are read, more are refused', () => {
    expect(expand(nested(100))).toBe('x');
    for (const depth of [101, 1000, 20_000]) {
      expect(errorOf(() => expand(nested(depth))).code).toBe('limit-exceeded');
    }
  });

  test('values that double themselves end', () => {
    let value = 'x'.repeat(1024);
    const double = () => (value = expandWord('$A$A', () => value, BACKSLASH).text);
    expect(
      errorOf(() => {
        for (let i = 0; i < 40; i++) double();
      }).code,
    ).toBe('limit-exceeded');
    expect(value.length).toBeLessThanOrEqual(1024 * 1024);
  });

  test('a replacement can not grow without end', () => {
    const values = (name: string) => (name === 'A' ? 'a'.repeat(60_000) : 'b'.repeat(60_000));
    expect(errorOf(() => expandWord('${A//a/$B}', values, BACKSLASH)).code).toBe('limit-exceeded');
  });

  test.each(['${A##%}', '${A%%%}', '${A/%/x}', '${A//%/x}'])('%s has no catastrophic pattern', (word) => {
    const pattern = `${'*a'.repeat(30)}*b`;
    const start = performance.now();
    expandWord(
      word.replace('%}', `${pattern}}`).replace('%/', `${pattern}/`),
      () => 'a'.repeat(60_000),
      BACKSLASH,
    );
    expect(performance.now() - start).toBeLessThan(2000);
  });

  test('a pattern as long as its value is given up', () => {
    const values = (name: string) => (name === 'A' ? 'a'.repeat(60_000) : '*a'.repeat(30_000));
    expect(errorOf(() => expandWord('${A##$B}', values, BACKSLASH)).code).toBe('limit-exceeded');
  });

  test('a long word takes linear time', () => {
    const word = '$NAME"x"\\y'.repeat(20_000);
    expect(expand(word).length).toBe(20_000 * 8);
  });

  test('a plain body is not limited', () => {
    const body = 'x'.repeat(3 * 1024 * 1024);
    expect(expandHeredoc(body, variables).text).toBe(body);
  });
});
