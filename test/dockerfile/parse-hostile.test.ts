import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parse, parseTrigger } from '../../src/dockerfile/parse.ts';
import { excerpt } from '../../src/dockerfile/excerpt.ts';
import type { Instruction, Range } from '../../src/dockerfile/instruction.ts';
import { briefsOf } from './parsed.ts';

describe('lines have a limit', () => {
  const limit = 'the line is longer than 65535 bytes (split it with continuation lines)';
  test.each([
    ['as long as it may be', `LABEL a=${'x'.repeat(65_527)}`, []],
    ['a byte more', `LABEL a=${'x'.repeat(65_528)}`, [`2:1-2:1 error ${limit}`]],
    ['counted in bytes', `LABEL a=${'é'.repeat(32_764)}`, [`2:1-2:1 error ${limit}`]],
    ['comments too', `# ${'x'.repeat(70_000)}`, [`2:1-2:1 error ${limit}`]],
    ['bodies too', `RUN <<E\n${'x'.repeat(70_000)}\nE`, [`3:1-3:1 error ${limit}`]],
    ['many short ones joined may be longer', `RUN ${'x \\\n'.repeat(70_000)}y`, []],
  ])('%s', (_, source, expected) => {
    expect(briefsOf(`FROM a\n${source}\n`)).toEqual(expected);
  });
});

describe('time grows with the text alone', () => {
  const wide = 60_000;
  test.each([
    ['many lines', 'RUN echo hello && true\n'.repeat(200_000), 200_001],
    ['many unknown lines', 'helo world\n'.repeat(200_000), 1],
    ['one line of many', `RUN ${'a && \\\n'.repeat(200_000)}b`, 2],
    ['many comments', '# a\n'.repeat(200_000), 1],
    ['many empty lines inside', `RUN a \\\n${'\n'.repeat(200_000)}b`, 2],
    [
      'many stages',
      Array.from({ length: 10_000 }, (_, index) => `FROM a AS s${index}\nRUN b\n`).join(''),
      20_001,
    ],
    ['many marks without bodies', `RUN ${'<<A '.repeat(15_000)}`, 2],
    ['many heredocs', 'RUN <<A\nb\nA\n'.repeat(60_000), 60_001],
    ['many heredocs that are never closed', 'RUN <<A\n'.repeat(100_000), 2],
    ['nested substitutions before a mark', `RUN <<A ${`${'${a:-'.repeat(10_000)}\\\n`.repeat(20)}`, 2],
    ['blanks before a broken mark', `RUN <<${`${' '.repeat(wide)}\\\n`.repeat(50)}<`, 2],
    ['brackets', `RUN ${'['.repeat(wide)}`, 2],
    ['a deep JSON array', `RUN ${'['.repeat(30_000)}${']'.repeat(30_000)}`, 1],
    ['quotes', `ENV ${'a="b c" '.repeat(8_000)}`, 2],
    ['backslashes', `RUN ${'\\'.repeat(wide)}`, 2],
    ['backslashes and blanks', `RUN ${'\\ '.repeat(30_000)}x`, 2],
    ['carriage returns', `RUN ${'\r'.repeat(wide)}x`, 2],
    ['blanks in a directive', `# foo\n# check=${' '.repeat(wide)}x`, 1],
    ['flags', `RUN ${`${'--mount=target=/x '.repeat(3_000)}\\\n`.repeat(10)}x`, 2],
    ['quotes in a mount', `RUN --mount=${'\\"a'.repeat(20_000)} x`, 2],
    ['a long duration', `HEALTHCHECK --interval=${'1'.repeat(wide)}s CMD x`, 2],
  ])('%s', (_, source, count) => {
    const start = process.cpuUsage();
    const { instructions } = parse(`FROM a\n${source}`);
    const used = process.cpuUsage(start);
    expect(instructions).toHaveLength(count);
    // Microseconds of all threads; a quadratic reader needs minutes.
    expect(used.user + used.system).toBeLessThan(3_000_000);
  });
});

describe('nothing that a file says reaches the terminal as it is', () => {
  test.each([
    'FROM a\nLABEL \x1b[31m\n',
    'FROM a\n\x1b]8;;x\x07 y\n',
    '# syntax=\x1b[2Jx\nFROM a',
    '# escape=\u202e\nFROM a',
    'FROM a\nCOPY --\x9b31m b c',
    'FROM a\nRUN <<\x1bE\n',
    'FROM a AS \x07',
  ])('%j', (source) => {
    const { diagnostics } = parse(source);
    expect(diagnostics.length).toBeGreaterThan(0);
    for (const each of diagnostics) {
      const shown = excerpt(source, each, 'Dockerfile\x1b');
      expect(shown).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]/);
      expect(shown).toContain(`Dockerfile\\x1b:${each.range.start.line}:${each.range.start.column}: `);
    }
  });

  test('in what is kept it stays as it was written', () => {
    expect(parse('FROM a\nLABEL a="\x1b[31m"').instructions[1]).toMatchObject({
      pairs: [{ value: '"\x1b[31m"' }],
    });
  });
});

test('a message is never long, whatever it is about', () => {
  const long = 'x'.repeat(50_000);
  const lines = [
    `FROM a AS 1${long}`,
    long,
    `COPY --${long} a b`,
    `COPY --link=${long} a b`,
    `ENV a=b ${long}`,
    `RUN --mount=type=${long} a`,
    `RUN --mount=${long}=a a`,
    `RUN --network=${long} a`,
    `HEALTHCHECK ${long}`,
    `HEALTHCHECK --interval=${long} CMD a`,
    `RUN <<${long}`,
  ];
  for (const line of lines) {
    const found = parse(`FROM a\n${line}`).diagnostics;
    expect(found).toHaveLength(1);
    expect(found[0]!.message.length + (found[0]!.hint?.length ?? 0)).toBeLessThan(300);
  }
});

describe('whatever the text is', () => {
  const names =
    'FROM RUN COPY ADD ENV ARG LABEL CMD ENTRYPOINT SHELL HEALTHCHECK ONBUILD VOLUME EXPOSE USER WORKDIR';
  const marks =
    '\\ ` " \' [ ] ["a"] , = a=b -- --from=a --mount= type=cache << <<E <<-"E" E $ ${ } :- / # AS NONE x';
  const blanks = [
    ' ',
    ' ',
    '\t',
    '\n',
    '\n',
    '\r\n',
    '\\\n',
    '`\n',
    '\nE\n',
    '# escape=`',
    '# check=skip=all',
  ];
  const odd = ['😀', '\ud800', '\u2028', '\u0085', '\0', '\ufeff', 'é', '\x1b'];
  const words = [...names.split(' '), ...marks.split(' '), ...blanks, ...odd];
  const texts = fc.oneof(
    fc.array(fc.constantFrom(...words), { maxLength: 60 }).map((parts) => parts.join('')),
    fc.array(fc.constantFrom(...words), { maxLength: 60 }).map((parts) => `FROM a\n${parts.join('')}`),
    fc.string({ unit: 'binary', maxLength: 80 }),
  );

  test('parse does not throw, and every place is inside the text', () => {
    fc.assert(
      fc.property(texts, (text) => {
        const { instructions, diagnostics } = parse(text);
        const lines = text.replace(/^\ufeff/, '').split('\n');
        for (const range of [...diagnostics.map((each) => each.range), ...instructions.flatMap(rangesOf)]) {
          expectInside(range, lines);
        }
        const places = diagnostics.map(({ range: { start } }) => start.line * 1e6 + start.column);
        expect(places).toEqual(places.toSorted((a, b) => a - b));
        for (const each of diagnostics) excerpt(text, each, 'Dockerfile');
        parseTrigger(text);
      }),
      { numRuns: 3_000 },
    );
  });

  test('bytes do not either', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        const { instructions, diagnostics } = parse(bytes);
        expect(instructions.length + diagnostics.length).toBeGreaterThan(0);
      }),
      { numRuns: 1_000 },
    );
  });
});

function rangesOf(instruction: Instruction): readonly Range[] {
  return [
    instruction.range,
    ...instruction.flags.map(({ range }) => range),
    ...('heredocs' in instruction ? instruction.heredocs.map(({ range }) => range) : []),
    ...('mounts' in instruction ? instruction.mounts.map(({ range }) => range) : []),
    ...(instruction.keyword === 'ONBUILD' ? rangesOf(instruction.instruction) : []),
  ];
}

function expectInside({ start, end }: Range, lines: readonly string[]): void {
  for (const { line, column } of [start, end]) {
    expect(line).toBeGreaterThan(0);
    expect(line).toBeLessThanOrEqual(lines.length);
    expect(column).toBeGreaterThan(0);
    expect(column).toBeLessThanOrEqual(lines[line - 1]!.length + 1);
  }
  expect(start.line < end.line || (start.line === end.line && start.column <= end.column)).toBe(true);
}
