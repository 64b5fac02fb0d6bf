// Words are expanded with the place of their instruction.
import { describe, expect, test } from 'vitest';
import { Expander, expandText } from '../../src/build/expansion.ts';

const RANGE = { start: { line: 4, column: 1 }, end: { line: 4, column: 8 } };

function expander(env: Readonly<Record<string, string>> = {}, escape: '\\' | '`' = '\\'): Expander {
  return new Expander(new Map(Object.entries(env)), { escape, range: RANGE });
}

describe('an expander', () => {
  test('knows words, lists of words and heredocs', () => {
    const { A } = { A: 'x "y" z' };
    expect(expander({ A }).word('$A "q"')).toBe('x "y" z q');
    expect(expander({ A: '1 2' }).words('$A 3')).toEqual(['1', '2', '3']);
    expect(expander({ A: '1' }).heredoc('"$A" \\$A\n')).toBe('"1" $A\n');
  });

  test('takes the escape of the Dockerfile, but for heredocs', () => {
    expect(expander({ A: '1' }, '`').word('`$A\\$A')).toBe('$A\\1');
    expect(expander({ A: '1' }, '`').heredoc('\\$A')).toBe('$A');
  });

  test('knows no variable that every object has', () => {
    expect(expander().word('x$constructor${toString}')).toBe('x');
  });

  test('sees other variables with the same place', () => {
    const other = expander({ A: '1' }).with(new Map([['A', '2']]));
    expect(other.word('$A')).toBe('2');
    expect(() => other.word('${A')).toThrow(/^build line 4: /);
  });
});

describe('errors', () => {
  test.each([
    ['${A', 'invalid-dockerfile'],
    ['${A:?}', 'invalid-dockerfile'],
    ['${A!b}', 'invalid-dockerfile'],
  ])('%s has its place', (text, code) => {
    expect(() => expandText(text, () => undefined, { escape: '\\', range: RANGE })).toThrow(
      expect.objectContaining({
        code,
        message: expect.stringMatching(/^build line 4: /) as string,
        data: { diagnostics: [expect.objectContaining({ range: RANGE, severity: 'error' })] },
      }),
    );
  });

  test('a thousand expansions in each other are too many, and soon told', () => {
    const text = `${'${a:-'.repeat(1000)}x${'}'.repeat(1000)}`;
    const before = performance.now();
    expect(() => expander().word(text)).toThrow(/^build line 4: /);
    expect(performance.now() - before).toBeLessThan(1000);
  });

  test('a variable that grows without end is stopped', () => {
    const env = { A: 'x'.repeat(100_000) };
    expect(() => expander(env).word('$A'.repeat(10_000))).toThrow(
      expect.objectContaining({ code: 'limit-exceeded' }),
    );
  });
});
