// What those who are tied to a process send to it.
import { jsonOf } from '../frame-connection.ts';
import type { Frame } from '../frames.ts';
import type { TerminalSize } from '../io.ts';
import type { ResizeMessage } from './host-requests.ts';
import type { InputQueue } from './process-io.ts';

export async function readInput(
  frames: AsyncGenerator<Frame>,
  input: InputQueue,
  resize: (size: TerminalSize) => void,
): Promise<void> {
  try {
    for await (const frame of frames) {
      if (frame.type === 'stdin') input.push(frame.payload);
      else if (frame.type === 'end') input.end();
      else if (frame.type === 'json') resize((jsonOf(frame) as unknown as ResizeMessage).resize);
    }
  } catch {
    // The other side is gone; the process does not depend on it.
  }
}

/** Does not leave the iteration, which would close the connection before the answer. */
export async function* dataOf(frames: AsyncGenerator<Frame>): AsyncGenerator<Uint8Array> {
  for (let next = await frames.next(); !next.done; next = await frames.next()) {
    if (next.value.type === 'data') yield next.value.payload;
    else if (next.value.type === 'end') return;
  }
}
