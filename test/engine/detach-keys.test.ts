import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { DEFAULT_DETACH_KEYS, DetachFilter, parseDetachKeys } from '../../src/engine/detach-keys.ts';

describe('detach keys', () => {
  test.each([
    [DEFAULT_DETACH_KEYS, [0x10, 0x11]],
    ['', []],
    ['a', [0x61]],
    ['a,b,A', [0x61, 0x62, 0x41]],
    ['ctrl-a', [1]],
    ['ctrl-Z', [26]],
    ['ctrl-@,ctrl-[,ctrl-\\,ctrl-],ctrl-^,ctrl-_', [0, 27, 28, 29, 30, 31]],
  ])('%s', (text, expected) => {
    expect([...parseDetachKeys(text)]).toEqual(expected);
  });

  test.each(['ab', 'ctrl-', 'ctrl-aa', 'ctrl-1', 'a,', ',', 'ctrl a', 'ä', 'a,,b'])(
    '%j is refused',
    (text) => {
      expect(() => parseDetachKeys(text)).toThrow(expect.objectContaining({ code: 'invalid-argument' }));
    },
  );
});

interface Filtered {
  readonly passed: string;
  readonly detached: number;
}

async function filtered(keys: string, chunks: readonly string[]): Promise<Filtered> {
  let detached = 0;
  const filter = new DetachFilter(parseDetachKeys(keys), () => detached++);
  const passed: Buffer[] = [];
  const input = Readable.from(chunks.map((chunk) => Buffer.from(chunk, 'latin1')));
  for await (const chunk of input.pipe(filter)) passed.push(chunk as Buffer);
  return { passed: Buffer.concat(passed).toString('latin1'), detached };
}

describe('the filter', () => {
  test.each([
    { keys: 'a,b', chunks: ['xaby'], passed: 'x', detached: 1 },
    { keys: 'a,b', chunks: ['xa', 'by'], passed: 'x', detached: 1 },
    { keys: 'a,b', chunks: ['x', 'a', 'b', 'y'], passed: 'x', detached: 1 },
    { keys: 'a,b', chunks: ['xaxb'], passed: 'xaxb', detached: 0 },
    { keys: 'a,b', chunks: ['a', 'xb'], passed: 'axb', detached: 0 },
    { keys: 'a,b', chunks: ['aab', 'more'], passed: 'a', detached: 1 },
    { keys: 'a,b', chunks: ['xa'], passed: 'xa', detached: 0 },
    { keys: 'a,a,b', chunks: ['aaa', 'b'], passed: 'a', detached: 1 },
    { keys: 'a,b,a,c', chunks: ['abab', 'ac'], passed: 'ab', detached: 1 },
    { keys: 'a', chunks: ['xay'], passed: 'x', detached: 1 },
    { keys: '', chunks: ['xab', '\x10\x11'], passed: 'xab\x10\x11', detached: 0 },
    { keys: DEFAULT_DETACH_KEYS, chunks: ['\x10x\x10', '\x10\x11ab'], passed: '\x10x\x10', detached: 1 },
    { keys: DEFAULT_DETACH_KEYS, chunks: ['\x00\xff\x1b[A'], passed: '\x00\xff\x1b[A', detached: 0 },
    { keys: 'a,b', chunks: [], passed: '', detached: 0 },
  ])('$keys in $chunks passes $passed', async ({ keys, chunks, passed, detached }) => {
    expect(await filtered(keys, chunks)).toEqual({ passed, detached });
  });

  test('keys that wait go on with the next key, not only at the end', async () => {
    const filter = new DetachFilter(parseDetachKeys('a,b'), () => undefined);
    filter.write('a');
    expect(filter.read()).toBeNull();
    filter.write('c');
    expect(String(filter.read())).toBe('ac');
    filter.end();
  });

  test('a lot passes in a moment', async () => {
    const data = '\x10'.repeat(500_000);
    const begin = performance.now();
    expect((await filtered(DEFAULT_DETACH_KEYS, [data])).passed).toBe(data);
    expect(performance.now() - begin).toBeLessThan(2000);
  });
});
