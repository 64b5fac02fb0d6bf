import { describe, expect, test } from 'vitest';
import { loneHeredoc } from '../../src/dockerfile/heredoc.ts';
import type { RunInstruction } from '../../src/dockerfile/instruction.ts';
import { parse } from '../../src/dockerfile/parse.ts';
import { briefsOf, fieldsOf, instructionOf, placeOf } from './parsed.ts';

function run(source: string): RunInstruction {
  return instructionOf(source) as RunInstruction;
}

describe('marks', () => {
  const plain = { name: 'E', expand: true, chomp: false, fileDescriptor: 0 };
  test.each([
    ['RUN <<E', 'E', plain],
    ['RUN << E', 'E', plain],
    ['RUN <<\t E x', 'E', plain],
    ['RUN <<-E', 'E', { ...plain, chomp: true }],
    ['RUN << -E', '-E', { ...plain, name: '-E' }],
    ['RUN 4<<E', 'E', { ...plain, fileDescriptor: 4 }],
    ['RUN 12<<-"E"', 'E', { ...plain, fileDescriptor: 12, chomp: true, expand: false }],
    ["RUN <<'E'", 'E', { ...plain, expand: false }],
    ['RUN <<"E"', 'E', { ...plain, expand: false }],
    ['RUN <<E"F"G', 'EFG', { ...plain, name: 'EFG', expand: false }],
    ["RUN <<'a b'", 'a b', { ...plain, name: 'a b', expand: false }],
    ['RUN <<"a\\"b"', 'a"b', { ...plain, name: 'a"b', expand: false }],
    ['RUN <<"a\\b"', 'a\\b', { ...plain, name: 'a\\b', expand: false }],
    ["RUN <<a\\'b", "a'b", { ...plain, name: "a'b" }],
    ['RUN <<a\\ b', 'a b', { ...plain, name: 'a b' }],
    ['RUN <<$E', '$E', { ...plain, name: '$E' }],
    ['RUN cat <<E > /x', 'E', plain],
    ['RUN --network=none <<E', 'E', plain],
    ['RUN echo ${x:-<} <<E', 'E', plain],
    ['RUN echo ${x#a} ${x%%b} ${x//a/b} ${x:?"}"} $$ $1 <<E', 'E', plain],
    ['RUN a <<< b <<E', 'E', plain],
    ['RUN \\\n  <<E', 'E', plain],
    ['run <<E', 'E', plain],
    ['ONBUILD RUN <<E', 'E', plain],
  ])('%s', (line, close, expected) => {
    const { instructions, diagnostics } = parse(`FROM a\n${line}\nbody $x\n${close}\nUSER u`);
    expect(diagnostics).toEqual([]);
    expect(instructions.map(({ keyword }) => keyword).at(-1)).toBe('USER');
    const [, found] = instructions;
    const inner = found!.keyword === 'ONBUILD' ? found.instruction : found!;
    expect(inner).toMatchObject({ heredocs: [{ ...expected, body: 'body $x\n' }] });
  });

  test.each([
    'RUN cat<<E',
    'RUN "<<E"',
    "RUN '<<E'",
    'RUN \\<<E',
    'RUN <<<E',
    'RUN <<',
    'RUN <<-',
    'RUN <<- E',
    "RUN <<''",
    "RUN <<'E",
    'RUN echo " <<E',
    'RUN it\\\'s x <<E"',
    'RUN ${x <<E',
    'RUN ${} <<E',
    'RUN ${x^^} <<E',
    'RUN ["<<E"]',
    'RUN "a <<E b"',
    'RUN "${x:-a <<E }"',
    'CMD <<E',
    'USER <<E',
    'ONBUILD CMD <<E',
    'HEALTHCHECK CMD <<E',
    'COPY ["<<E", "/x"]',
  ])('%s has none', (line) => {
    const { instructions } = parse(`FROM a\n${line}\nUSER u`);
    expect(instructions.at(-1)).toMatchObject({ keyword: 'USER' });
    expect(instructions.flatMap((each) => ('heredocs' in each ? each.heredocs : []))).toEqual([]);
  });
});

describe('bodies', () => {
  test.each([
    ['empty', 'RUN <<E\nE', ['']],
    ['as it stands', 'RUN <<E\n\ta \\\n# no comment\n\n  E\nE', ['\ta \\\n# no comment\n\n  E\n']],
    ['leading tabs go, blanks stay', 'RUN <<-E\n\t\ta\tb\n \tc\n\t\tE', ['a\tb\n \tc\n']],
    ['two, in their order', 'RUN <<A <<B\n1\nB\nA\n2\nA\nB', ['1\nB\n', '2\nA\n']],
    ['the same name twice', 'RUN <<A <<A\n1\nA\n2\nA', ['1\n', '2\n']],
    ['carriage returns stay', 'RUN <<E\r\na\r\nE\r\n', ['a\r\n']],
    ['blanks after the delimiter do not close it', 'RUN <<E\nE \nE', ['E \n']],
    ['a long line is kept', `RUN <<E\n${'x'.repeat(60_000)}\nE`, [`${'x'.repeat(60_000)}\n`]],
  ])('%s', (_, source, bodies) => {
    expect(run(source).heredocs.map(({ body }) => body)).toEqual(bodies);
  });

  test('are kept as written for a shell that strips the tabs itself', () => {
    expect(run('RUN cat <<-E\n\ta\n\tE').heredocs[0]).toMatchObject({ body: 'a\n', written: '\ta\n' });
  });

  test('belong to the range of the instruction', () => {
    const { instructions } = parse('FROM a\nRUN x <<A <<-B\nA\n\tB  \n\tB\nUSER u');
    expect(instructions.map(placeOf)).toEqual(['1:1-1:7', '2:1-5:3', '6:1-6:7']);
    expect(run('RUN x  <<A\nA').heredocs.map(placeOf)).toEqual(['2:8-2:11']);
  });
});

describe('COPY and ADD', () => {
  test.each([
    ['COPY <<a /d\n1\na', { sources: [], destination: '/d', heredocs: [{ name: 'a', body: '1\n' }] }],
    [
      'ADD x <<a y <<"b" /d/\n1\na\n2\nb',
      { sources: ['x', 'y'], destination: '/d/', heredocs: [{ expand: true }, { expand: false }] },
    ],
    ['COPY << a /d\na', { sources: [], destination: '/d', heredocs: [{ name: 'a' }] }],
    ["COPY <<'a b' /d\na b", { sources: [], destination: '/d', heredocs: [{ name: 'a b' }] }],
    ['COPY --chmod=755 <<a.sh /d/\n1\na.sh', { chmod: '755', heredocs: [{ name: 'a.sh' }] }],
  ])('%j', (source, expected) => {
    expect(fieldsOf(instructionOf(source))).toMatchObject(expected);
  });

  test('a heredoc is no destination', () => {
    expect(briefsOf('FROM a\nCOPY x <<E\nE\nUSER u')).toEqual([
      '2:8-2:11 error COPY cannot accept a heredoc as its destination',
    ]);
    expect(briefsOf('FROM a\nCOPY <<E\nE\n')).toEqual([
      '2:6-2:9 error COPY requires at least two arguments (write COPY source destination)',
    ]);
  });
});

describe('errors', () => {
  test('an unterminated heredoc points at its opening, and what follows it is its body', () => {
    expect(briefsOf('FROM a\nRUN x \\\n  <<A <<B y\n1\nA\n2\nFOO')).toEqual([
      '3:7-3:10 error unterminated heredoc (close it with a line that is "B" alone)',
    ]);
  });

  test('the body under a mistyped keyword is not read as instructions', () => {
    expect(briefsOf('FROM a\nRNU <<E\nFOO\nE\nBAR')).toEqual([
      '2:1-2:4 error unknown instruction: RNU (did you mean RUN?)',
      '5:1-5:4 error unknown instruction: BAR',
    ]);
  });
});

describe('a lone heredoc is the script', () => {
  test.each([
    ['RUN <<E\nx\nE', true],
    ['RUN << E\nx\nE', true],
    ['RUN 3<<-"E"\nx\nE', true],
    ['RUN --network=none <<E\nx\nE', true],
    ["RUN <<'a b'\nx\na b", true],
    ['RUN <<E python3\nx\nE', false],
    ['RUN cat <<E\nx\nE', false],
    ['RUN <<E <<F\nE\nF', false],
    ['RUN echo', false],
    ['RUN ["<<E"]', false],
  ])('%j: %s', (source, isLone) => {
    const instruction = run(source);
    expect(loneHeredoc(instruction)?.body).toBe(isLone ? 'x\n' : undefined);
  });
});
