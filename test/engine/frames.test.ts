import { once } from 'node:events';
import { Duplex, PassThrough } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { FrameConnection, errorOf, jsonOf } from '../../src/engine/frame-connection.ts';
import { type Frame, FrameDecoder, MAX_FRAME_BYTES, encodeFrames } from '../../src/engine/frames.ts';
import { PhylloError } from '../../src/lib/errors.ts';

function shown(frames: readonly Frame[]): string[] {
  return frames.map(({ type, payload }) => `${type} ${payload.toString('latin1')}`);
}

function bytes(...frames: readonly Parameters<typeof encodeFrames>[]): Buffer {
  return Buffer.concat(frames.flatMap((frame) => [...encodeFrames(...frame)]));
}

describe('frames', () => {
  const all = bytes(
    ['json', Buffer.from('{}')],
    ['stdout', Buffer.from('out')],
    ['stdin', Buffer.alloc(0)],
    ['end', Buffer.alloc(0)],
  );
  const expected = ['json {}', 'stdout out', 'stdin ', 'end '];

  test('are type, length and payload', () => {
    expect(bytes(['stderr', Buffer.from('hi')]).toString('hex')).toBe('03000000026869');
  });

  test('come out the same however the bytes are cut', () => {
    for (let size = 1; size <= all.length; size++) {
      const decoder = new FrameDecoder();
      const frames: Frame[] = [];
      for (let at = 0; at < all.length; at += size) frames.push(...decoder.push(all.subarray(at, at + size)));
      decoder.end();
      expect(shown(frames)).toEqual(expected);
    }
  });

  test('of streams are cut where they are too large, others are refused', () => {
    const large = Buffer.alloc(2 * MAX_FRAME_BYTES + 5, 'x');
    const frames = new FrameDecoder().push(bytes(['data', large]));
    expect(frames.map(({ payload }) => payload.length)).toEqual([MAX_FRAME_BYTES, MAX_FRAME_BYTES, 5]);
    expect(() => bytes(['json', large])).toThrow(expect.objectContaining({ code: 'limit-exceeded' }));
  });

  test('a wrong type or length is refused before anything is kept', () => {
    expect(() => new FrameDecoder().push(Buffer.from('0900000000', 'hex'))).toThrow(/there is no type 9/);
    expect(() => new FrameDecoder().push(Buffer.from('04ffffffff', 'hex'))).toThrow(/larger than/);
    expect(() => new FrameDecoder().push(Buffer.from('0000100001', 'hex'))).toThrow(/larger than/);
  });

  test('an end within a frame is an error', () => {
    for (const length of [1, 4, 5, 6]) {
      const decoder = new FrameDecoder();
      decoder.push(all.subarray(0, length));
      expect(() => decoder.end()).toThrow(expect.objectContaining({ code: 'io' }));
    }
  });

  test('many small chunks cost no more than their bytes', () => {
    const data = bytes(['data', Buffer.alloc(MAX_FRAME_BYTES, 'x')]);
    const decoder = new FrameDecoder();
    const begin = performance.now();
    let frames = 0;
    for (let at = 0; at < data.length; at += 8) frames += decoder.push(data.subarray(at, at + 8)).length;
    expect(frames).toBe(1);
    expect(performance.now() - begin).toBeLessThan(2000);
  });
});

/** Two ends of one connection with small buffers. */
function connected(highWaterMark = 1024): [Duplex, Duplex] {
  const [there, back] = [new PassThrough({ highWaterMark }), new PassThrough({ highWaterMark })];
  return [Duplex.from({ readable: back, writable: there }), Duplex.from({ readable: there, writable: back })];
}

describe('a connection', () => {
  test('carries frames both ways, in the order of the calls', async () => {
    const [left, right] = connected();
    const [asks, answers] = [new FrameConnection(left), new FrameConnection(right)];
    const sent = Promise.all([
      asks.sendJson({ op: 'x' }),
      asks.send('stdin', Buffer.from('in')),
      asks.send('end'),
    ]);
    const received: Frame[] = [];
    for await (const frame of answers.frames()) {
      received.push(frame);
      if (frame.type === 'end') break;
    }
    await sent;
    expect(shown(received)).toEqual(['json {"op":"x"}', 'stdin in', 'end ']);
    expect(jsonOf(received[0]!)).toEqual({ op: 'x' });
  });

  test('holds the sender back until there is room', async () => {
    const output = new PassThrough({ highWaterMark: 1024 });
    const connection = new FrameConnection(new PassThrough(), output);
    let sent = false;
    const sending = connection.send('data', Buffer.alloc(100_000)).then(() => (sent = true));
    await once(output, 'readable');
    expect(sent).toBe(false);
    output.resume();
    await sending;
    expect(sent).toBe(true);
  });

  test('that breaks fails those who send, and nobody else', async () => {
    const output = new PassThrough({ highWaterMark: 16 });
    const connection = new FrameConnection(new PassThrough(), output);
    const waiting = connection.send('data', Buffer.alloc(1000));
    output.destroy(new Error('broken'));
    await expect(waiting).rejects.toMatchObject({ code: 'io' });
    await expect(connection.send('data')).rejects.toMatchObject({ code: 'io' });
  });

  test('carries errors with code, hint and data', async () => {
    const wire = new PassThrough();
    const connection = new FrameConnection(wire);
    await connection.sendError(new PhylloError('not-found', 'm', { hint: 'h', data: { exitCode: 127 } }));
    for await (const frame of connection.frames()) {
      expect(errorOf(frame)).toMatchObject({
        code: 'not-found',
        message: 'm',
        hint: 'h',
        data: { exitCode: 127 },
      });
      break;
    }
  });

  test('that ends within a frame is an error', async () => {
    const input = new PassThrough();
    input.end(Buffer.from('00000000ff41', 'hex'));
    const reading = (async () => {
      for await (const frame of new FrameConnection(input, new PassThrough()).frames())
        throw new Error(frame.type);
    })();
    await expect(reading).rejects.toMatchObject({ code: 'io' });
  });

  test('hands everything over before it ends', async () => {
    const [left, right] = connected(16);
    const sender = new FrameConnection(left);
    const received: Frame[] = [];
    const reading = (async () => {
      for await (const frame of new FrameConnection(right).frames()) received.push(frame);
    })();
    void sender.send('data', Buffer.from('x'.repeat(500)));
    await sender.end();
    await reading;
    expect(received.map(({ payload }) => payload.length)).toEqual([500]);
  });
});
