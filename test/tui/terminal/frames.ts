// Random screens for property tests: styled lines of every kind of character, and the ways one screen follows another.
import fc from 'fast-check';

const WORDS = fc.constantFrom(
  ...'a|usr/lib|nginx.conf|   | |              |0123456789|▌|███░|…|日本語|漢|かな|한글|é|ñandú|Привет'.split(
    '|',
  ),
  '│',
  'e\u0301',
  '😀',
  '👩‍💻',
  '🇩🇪',
  '❤\ufe0f',
  'x\u0302\u0323y',
);

const STYLES = fc.constantFrom(
  '',
  '\x1b[1m',
  '\x1b[2m',
  '\x1b[1m\x1b[2m',
  '\x1b[3m',
  '\x1b[4m',
  '\x1b[7m',
  '\x1b[9m',
  '\x1b[31m',
  '\x1b[92m',
  '\x1b[44m',
  '\x1b[103m',
  '\x1b[38;5;123m',
  '\x1b[48;5;200m',
  '\x1b[38;2;1;2;3m',
  '\x1b[48;2;200;100;50m',
  '\x1b[7m\x1b[1m\x1b[35m',
  '\x1b[4m\x1b[46m',
);

export const lineArbitrary = fc
  .array(fc.tuple(STYLES, fc.array(WORDS, { maxLength: 6 })), { maxLength: 6 })
  .map((pieces) =>
    pieces
      .map(([style, words]) => (style === '' ? words.join('') : `${style}${words.join('')}\x1b[0m`))
      .join(''),
  );

export type Step =
  | { kind: 'replace'; lines: string[] }
  | { kind: 'edit'; row: number; line: string }
  | { kind: 'scroll'; top: number; height: number; by: number; fresh: string[] }
  | { kind: 'resize'; columns: number; rows: number }
  | { kind: 'invalidate' };

export const stepArbitrary: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('replace' as const),
      lines: fc.array(lineArbitrary, { maxLength: 30 }),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({ kind: fc.constant('edit' as const), row: fc.nat(29), line: lineArbitrary }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('scroll' as const),
      top: fc.nat(10),
      height: fc.integer({ min: 2, max: 30 }),
      by: fc.integer({ min: -6, max: 6 }),
      fresh: fc.array(lineArbitrary, { minLength: 6, maxLength: 6 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('resize' as const),
      columns: fc.integer({ min: 2, max: 90 }),
      rows: fc.integer({ min: 1, max: 30 }),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'invalidate' as const }) },
);

/** The lines after `step`; resizing and invalidating leave them as they are. */
export function nextLines(lines: readonly string[], step: Step): string[] {
  const next = [...lines];
  if (step.kind === 'replace') return step.lines;
  if (step.kind === 'edit') next[step.row] = step.line;
  if (step.kind === 'scroll') {
    const bottom = Math.min(next.length, step.top + step.height);
    for (let y = step.top; y < bottom; y++) {
      const from = y + step.by;
      next[y] = from >= step.top && from < bottom ? (lines[from] ?? '') : step.fresh[y % step.fresh.length]!;
    }
  }
  return Array.from(next, (line) => line ?? '');
}
