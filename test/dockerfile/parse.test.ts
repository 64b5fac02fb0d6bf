import { describe, expect, test } from 'vitest';
import { parse, parseTrigger } from '../../src/dockerfile/parse.ts';
import { briefs, briefsOf, fieldsOf, placeOf } from './parsed.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('logical lines', () => {
  test.each([
    ['one line', 'RUN a b', 'RUN a b'],
    ['blanks around it', ' \t RUN a b \t ', 'RUN a b'],
    ['joined as it stands', 'RUN a \\\n  && b', 'RUN a   && b'],
    ['nothing between', 'RUN a\\\nb', 'RUN ab'],
    ['blanks after the backslash', 'RUN a \\ \t\nb', 'RUN a b'],
    ['two backslashes do not continue', 'RUN a \\\\', 'RUN a \\\\'],
    ['neither do three', 'RUN a \\\\\\', 'RUN a \\\\\\'],
    ['a backslash alone in the line', 'RUN a \\\n\\\n b', 'RUN a  b'],
    ['leading backslash line', '\\\nRUN a', 'RUN a'],
    ['comment inside', 'RUN a \\\n  # no\n# no\n b', 'RUN a  b'],
    ['# inside is no comment', 'RUN a # b \\\n c', 'RUN a # b  c'],
    ['empty lines inside', 'RUN a \\\n\n  \n b', 'RUN a  b'],
    ['backslash at the end of the file', 'RUN a \\', 'RUN a'],
    ['keyword split in two', 'RU\\\nN a', 'RUN a'],
    ['keyword as written', 'rUn a', 'rUn a'],
    ['carriage returns', 'RUN a \\\r\n  b\r\r', 'RUN a   b'],
    ['tab after the keyword', 'RUN\ta', 'RUN\ta'],
    ['form feed and vertical tab after the keyword', 'RUN\f\va', 'RUN\f\va'],
  ])('%s', (_, source, text) => {
    expect(parse(`FROM base\n${source}`).instructions.at(-1)).toMatchObject({ keyword: 'RUN', text });
  });

  test('the backtick continues where the directive says so, and the backslash does not', () => {
    const { instructions } = parse('# escape=`\nFROM base\nRUN a `\n b\nRUN dir c:\\\n');
    expect(instructions.map(({ text }) => text)).toEqual(['FROM base', 'RUN a  b', 'RUN dir c:\\']);
  });

  test('the range goes from the keyword to the last character', () => {
    const { instructions } = parse('FROM base  \n\n  RUN a \\\n# no\n\n  b  \nCMD x');
    expect(instructions.map(placeOf)).toEqual(['1:1-1:10', '3:3-6:4', '7:1-7:6']);
  });

  test('a place inside a joined line is the place in the file', () => {
    expect(briefsOf('FROM base\nCOPY a \\\n  # no\n  --x b \\\n --from c\nENV a=1 \\\n   b')).toEqual([
      '7:4-7:5 error no = in "b" (write name=value, with quotes around a value with blanks)',
    ]);
    expect(briefsOf('FROM base\nCOPY \\\n # no\n  --frm=a \\\n b c')).toEqual([
      '4:3-4:10 error unknown flag: --frm (did you mean --from?)',
    ]);
  });

  test('columns count UTF-16 units, a tab is one', () => {
    expect(briefsOf('FROM base\n\tENV 😀=1 b')).toEqual([
      '2:11-2:12 error no = in "b" (write name=value, with quotes around a value with blanks)',
    ]);
  });

  test('an empty line inside and a continuation at the end are warnings', () => {
    expect(briefsOf('FROM base\nRUN a \\\n\n\n b \\\n')).toEqual([
      '3:1-3:1 NoEmptyContinuation Empty continuation line',
      '5:4-5:4 warning nothing follows the \\ at the end of the file',
    ]);
    expect(briefsOf('FROM base\nRUN a \\\n # comment\n b')).toEqual([]);
  });
});

describe('comments', () => {
  test.each([
    ['right above', '# a\n  #b \nRUN x', ['a', 'b']],
    ['an empty line ends them', '# a\n\n# b\nRUN x', ['b']],
    ['an empty comment ends them', '# a\n#\n# b\nRUN x', ['b']],
    ['not those inside', 'RUN x \\\n# a\n y', []],
    ['not those of the instruction above', '# a\nUSER u\nRUN x', []],
  ])('%s', (_, source, comments) => {
    expect(parse(`FROM base\n${source}`).instructions.at(-1)!.comments).toEqual(comments);
  });

  test('directives are none', () => {
    expect(parse('# syntax=docker/dockerfile:1\n# a\nFROM base').instructions[0]!.comments).toEqual(['a']);
  });
});

describe('encodings', () => {
  test('bytes and text, with and without a mark, are the same', () => {
    const text = '# escape=`\r\nFROM base\r\nRUN echo ♥ `\r\n  x\r\n';
    const expected = parse(text);
    expect(expected.diagnostics).toEqual([]);
    expect(expected.directives.escape).toBe('`');
    expect(expected.instructions[1]).toMatchObject({ command: { form: 'shell', script: 'echo ♥   x' } });
    for (const other of [`\ufeff${text}`, bytes(text), bytes(`\ufeff${text}`)])
      expect(parse(other)).toEqual(expected);
  });

  test.each([
    ['NUL in text', 'FROM a\nRUN b\0c', '2:6-2:6 error the file holds a NUL byte'],
    ['NUL in bytes', bytes('FROM a\n\0'), '2:1-2:1 error the file holds a NUL byte'],
    ['UTF-16 LE with a mark', Buffer.from('\ufeffFROM a', 'utf16le'), '1:1-1:1 error the file is UTF-16'],
    ['UTF-16 LE', Buffer.from('FROM a', 'utf16le'), '1:1-1:1 error the file is UTF-16'],
    ['UTF-16 BE', Buffer.from('FROM a', 'utf16le').swap16(), '1:1-1:1 error the file is UTF-16'],
  ])('%s is one error and no instruction', (_, source, message) => {
    const { instructions, diagnostics } = parse(source);
    expect(instructions).toEqual([]);
    expect(briefs(diagnostics)).toEqual([expect.stringContaining(message)]);
  });

  test('bytes that are no UTF-8 are an error where they are used, not in a comment', () => {
    const latin = (text: string): Uint8Array => Buffer.from(text, 'latin1');
    expect(briefsOf(latin('# Ren\xe9\nFROM base\nRUN a'))).toEqual([]);
    expect(briefsOf(latin('FROM base\nRUN Ren\xe9\nRUN a'))).toEqual([
      '2:8-2:9 error a part of this is not UTF-8 (save the file as UTF-8)',
    ]);
    expect(briefsOf(latin('FROM base\nCOPY <<E /x\nRen\xe9\nE\n'))).toEqual([
      '2:6-2:9 error a part of this is not UTF-8 (save the file as UTF-8)',
    ]);
    expect(briefsOf('FROM base\nRUN \ufffd')).toEqual([]);
  });
});

describe('the order of instructions', () => {
  const noFrom = 'a Dockerfile starts with FROM; only ARG may stand above it';
  test.each([
    ['', ['1:1-1:1 error the file has no instructions (write FROM and an image)']],
    ['\n\n', ['1:1-1:1 error the file has no instructions (write FROM and an image)']],
    ['# only\n# comments', ['1:1-1:1 error the file has no instructions (write FROM and an image)']],
    ['\nARG a\nARG b', ['2:1-2:4 error the file has no FROM (write FROM and an image)']],
    ['RUN a\nCOPY b c\nFROM d', [`1:1-1:4 error no FROM above RUN (${noFrom})`]],
    ['ARG a\nENV b=c\nFROM d', [`2:1-2:4 error no FROM above ENV (${noFrom})`]],
    ['ARG a\nFROM b\nFROM c AS d\nFROM d', []],
    ['FROM a AS b\nFROM a AS b', []],
    // What is wrong with FROM is said once.
    ['FORM a\nRUN b', ['1:1-1:5 error unknown instruction: FORM (did you mean FROM?)']],
    [
      'FROM\nRUN b',
      ['1:1-1:5 error FROM requires either one or three arguments (name an image, or scratch)'],
    ],
  ])('%j', (source, expected) => {
    expect(briefsOf(source)).toEqual(expected);
  });

  test('after an error the next instructions are read, and all errors come in their order', () => {
    const { instructions, diagnostics } = parse('FROM a\nCOPY x\nRUN b\nSHELL c\n# escape=z\nFOO\nUSER u');
    expect(instructions.map(({ keyword }) => keyword)).toEqual(['FROM', 'RUN', 'USER']);
    expect(diagnostics.map(({ range }) => range.start.line)).toEqual([2, 4, 6]);
  });
});

describe('triggers of a base image', () => {
  test('are one instruction', () => {
    const { instruction, diagnostics } = parseTrigger('COPY --from=x <<-A b /d/\n\tbody\nA');
    expect(diagnostics).toEqual([]);
    expect(fieldsOf(instruction!)).toMatchObject({
      keyword: 'COPY',
      from: 'x',
      sources: ['b'],
      destination: '/d/',
      heredocs: [{ name: 'A', body: 'body\n' }],
    });
  });

  test('what ONBUILD stores can be read again', () => {
    const { instructions } = parse('FROM a\nONBUILD RUN <<-A <<"B" cat\n\t1\n\tA\n2\nB\n');
    const onbuild = instructions[1]!;
    expect(onbuild).toMatchObject({ keyword: 'ONBUILD', trigger: 'RUN <<-A <<"B" cat\n\t1\nA\n2\nB' });
    const { instruction } = parseTrigger(onbuild.keyword === 'ONBUILD' ? onbuild.trigger : '');
    expect(instruction).toMatchObject({
      command: { script: '<<-A <<"B" cat' },
      heredocs: [{ body: '1\n' }, { body: '2\n' }],
    });
  });

  test.each([
    ['', '1:1-1:1 error the trigger is empty'],
    ['ONBUILD RUN a', '1:1-1:8 error ONBUILD cannot be the trigger of another ONBUILD'],
    ['from a', '1:1-1:5 error FROM cannot be a trigger of ONBUILD'],
    ['MAINTAINER a', '1:1-1:11 error MAINTAINER cannot be a trigger of ONBUILD'],
    ['BAR a', '1:1-1:4 error unknown instruction: BAR'],
    [
      'a\0b',
      '1:2-1:2 error the file holds a NUL byte (a Dockerfile is a text; is this another kind of file?)',
    ],
  ])('%j is refused', (source, expected) => {
    const { instruction, diagnostics } = parseTrigger(source);
    expect(instruction).toBeUndefined();
    expect(briefs(diagnostics)).toEqual([expected]);
  });

  test('a second instruction is an error', () => {
    expect(briefs(parseTrigger('RUN a\nRUN b\nRUN c').diagnostics)).toEqual([
      '2:1-2:4 error a trigger is one instruction',
    ]);
  });
});
