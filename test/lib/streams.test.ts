import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cancellable, counted, inBlocks, readAll, verified } from '../../src/lib/streams.ts';

/** The chunks, and whether whoever read them closed the source. */
function source(...chunks: string[]): { bytes: AsyncGenerator<Uint8Array>; closed: () => boolean } {
  let closed = false;
  const bytes = (async function* () {
    try {
      for (const chunk of chunks) {
        await Promise.resolve();
        yield Buffer.from(chunk);
      }
    } finally {
      closed = true;
    }
  })();
  return { bytes, closed: () => closed };
}

async function collect(input: AsyncIterable<Uint8Array>): Promise<string> {
  let text = '';
  for await (const chunk of input) text += Buffer.from(chunk).toString('latin1');
  return text;
}

function expecting(text: string, size = text.length) {
  const hash = createHash('sha256');
  return {
    digest: createHash('sha256').update(text).digest('hex'),
    size,
    hasher: { update: hash.update.bind(hash), digest: () => hash.digest('hex') },
    what: 'blob x',
  };
}

describe('reading a small stream', () => {
  test('joins its chunks', async () => {
    expect((await readAll(source('ab', '', 'c').bytes, 3, 'x')).toString()).toBe('abc');
  });

  test('ends, and closes the source, with the first byte too many', async () => {
    const { bytes, closed } = source('abc', 'd', 'e');
    await expect(readAll(bytes, 3, 'x')).rejects.toMatchObject({ code: 'limit-exceeded' });
    expect(closed()).toBe(true);
  });
});

describe('verifying a stream', () => {
  test('passes what is right, however it is cut', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.string({ unit: 'binary-ascii', maxLength: 20 })), async (chunks) => {
        const text = chunks.join('');
        expect(await collect(verified(source(...chunks).bytes, expecting(text)))).toBe(text);
      }),
    );
  });

  test.each([
    ['other bytes', ['abX'], 'digest-mismatch'],
    ['a byte less', ['ab'], 'size-mismatch'],
    ['no byte', [], 'size-mismatch'],
    ['a byte more', ['abc', 'd'], 'size-mismatch'],
  ])('ends with an error after %s', async (_, chunks, code) => {
    await expect(collect(verified(source(...chunks).bytes, expecting('abc')))).rejects.toMatchObject({
      code,
    });
  });

  test('hands out nothing beyond the size, and reads no further', async () => {
    const { bytes, closed } = source('abc', 'd', 'e');
    const seen: string[] = [];
    const reading = (async () => {
      for await (const chunk of verified(bytes, expecting('abc'))) seen.push(Buffer.from(chunk).toString());
    })();
    await expect(reading).rejects.toMatchObject({ code: 'size-mismatch' });
    expect(seen).toEqual(['abc']);
    expect(closed()).toBe(true);
  });
});

test('counting tells the bytes that passed so far', async () => {
  const counts: number[] = [];
  expect(await collect(counted(source('ab', '', 'cde').bytes, (done) => counts.push(done)))).toBe('abcde');
  expect(counts).toEqual([2, 2, 5]);
});

describe('a stream that can be cancelled', () => {
  test('ends at the next chunk, and closes its source', async () => {
    const controller = new AbortController();
    const { bytes, closed } = source('a', 'b', 'c');
    const seen: string[] = [];
    const reading = (async () => {
      for await (const chunk of cancellable(bytes, controller.signal)) {
        seen.push(Buffer.from(chunk).toString());
        controller.abort();
      }
    })();
    await expect(reading).rejects.toMatchObject({ code: 'cancelled' });
    expect(seen).toEqual(['a']);
    expect(closed()).toBe(true);
  });

  test('passes everything while nobody cancels', async () => {
    expect(await collect(cancellable(source('a', 'b').bytes, undefined))).toBe('ab');
  });
});

describe('in blocks', () => {
  test.each([
    [[], []],
    [['', 'ab'], ['ab']],
    [['abc'], ['abc']],
    [
      ['a', 'bc', 'defghij'],
      ['abc', 'def', 'ghi', 'j'],
    ],
  ])('%j is %j', async (chunks, blocks) => {
    const found: string[] = [];
    for await (const block of inBlocks(source(...chunks).bytes, 3)) found.push(Buffer.from(block).toString());
    expect(found).toEqual(blocks);
  });

  test('whoever has enough closes the source', async () => {
    const { bytes, closed } = source('abcdef', 'ghi');
    for await (const _ of inBlocks(bytes, 3)) break;
    expect(closed()).toBe(true);
  });
});
