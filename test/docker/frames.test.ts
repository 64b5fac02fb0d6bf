import { describe, expect, test } from 'vitest';
import { frameParts, wholeFrames } from '../../src/docker/frames.ts';

function frame(stream: number, text: string): Buffer {
  const header = Buffer.from([stream, 0, 0, 0, 0, 0, 0, 0]);
  header.writeUInt32BE(Buffer.byteLength(text), 4);
  return Buffer.concat([header, Buffer.from(text)]);
}

async function* inPieces(data: Uint8Array, bytes: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < data.length; at += bytes) yield data.subarray(at, at + bytes);
}

async function wholeOf(data: Uint8Array, bytes: number): Promise<string[]> {
  const found: string[] = [];
  for await (const one of wholeFrames(inPieces(data, bytes))) {
    found.push(`${one.stream}:${Buffer.from(one.data).toString()}`);
  }
  return found;
}

async function drain(input: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of input) continue;
}

const STREAM = Buffer.concat([
  frame(1, 'out\n'),
  frame(2, ''),
  frame(2, 'err\n'),
  frame(0, 'in'),
  frame(1, ''),
]);

describe('frames of output', () => {
  test.each([1, 3, 8, 9, 1000])('are the same however the stream is cut: %i bytes', async (bytes) => {
    expect(await wholeOf(STREAM, bytes)).toEqual(['stdout:out\n', 'stderr:err\n', 'stdout:in']);
  });

  test('come in parts before they are whole', async () => {
    const parts: string[] = [];
    for await (const { data } of frameParts(inPieces(frame(1, 'abcdef'), 5))) {
      parts.push(Buffer.from(data).toString());
    }
    expect(parts.length).toBeGreaterThan(1);
    expect(parts.join('')).toBe('abcdef');
  });

  test('of an unknown stream are an error', async () => {
    await expect(drain(frameParts(inPieces(frame(3, 'x'), 100)))).rejects.toMatchObject({ code: 'network' });
  });

  test('are no text', async () => {
    const text = Buffer.from('OCI runtime exec failed');
    await expect(drain(frameParts(inPieces(text, 100)))).rejects.toMatchObject({ code: 'network' });
  });

  test('that end in the middle are an error', async () => {
    const cut = frame(1, 'abc').subarray(0, 9);
    await expect(drain(frameParts(inPieces(cut, 100)))).rejects.toMatchObject({ code: 'network' });
  });

  test('that are held whole have a limit', async () => {
    const header = Buffer.from([1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff]);
    const endless = async function* (): AsyncGenerator<Uint8Array> {
      yield header;
      for (;;) yield Buffer.alloc(1024 * 1024);
    };
    await expect(drain(wholeFrames(endless()))).rejects.toMatchObject({ code: 'limit-exceeded' });
  });
});
