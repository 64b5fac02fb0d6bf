// Logs as the engine keeps them.
import type { DockerClient } from '../../docker/client.ts';
import { type Frame, wholeFrames } from '../../docker/frames.ts';
import { isPhylloError } from '../../lib/errors.ts';
import type { LogEntry, LogOptions } from '../engine.ts';

const SPACE = 0x20;
const LINE_FEED = 0x0a;
/** RFC 3339 with nanoseconds and a zone. */
const MAX_TIME_BYTES = 40;
/** Of a line of a terminal's output that is held until its end comes. */
const MAX_LINE_BYTES = 64 * 1024;

export interface LogSource extends LogOptions {
  readonly client: DockerClient;
  /** The container's part of the path. */
  readonly path: string;
  readonly tty: boolean;
}

/** Throws `not-found`, `network`. */
export async function* readLogs({ client, path, tty, ...options }: LogSource): AsyncGenerator<LogEntry> {
  const { follow, sinceMs, untilMs, tail, signal } = options;
  const answer = await client.stream({
    path: `${path}/logs`,
    query: {
      stdout: 1,
      stderr: 1,
      timestamps: 1,
      follow: follow ? 1 : undefined,
      since: seconds(sinceMs),
      until: seconds(untilMs),
      tail,
    },
    doing: 'read logs',
    signal,
    timeoutMs: 0,
  });
  const last: { time: string } = { time: '' };
  try {
    for await (const frame of tty ? terminalLines(answer) : wholeFrames(answer)) yield entryOf(frame, last);
  } catch (error) {
    // Whoever follows gives up at some time: there is no other end.
    if (!isPhylloError(error, 'cancelled')) throw error;
  } finally {
    answer.destroy();
  }
}

function seconds(timeMs: number | undefined): string | undefined {
  return timeMs === undefined ? undefined : (timeMs / 1000).toFixed(3);
}

/** A piece without a time of its own (the rest of what was cut) has that of the one before. */
function entryOf({ stream, data }: Frame, last: { time: string }): LogEntry {
  const space = data.subarray(0, MAX_TIME_BYTES).indexOf(SPACE);
  const text = space < 0 ? '' : Buffer.from(data.subarray(0, space)).toString('latin1');
  if (!/^\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d)$/.test(text)) return { stream, time: last.time, data };
  last.time = withNanoseconds(text);
  return { stream, time: last.time, data: data.subarray(space + 1) };
}

/** Podman tells whole seconds, in the zone where it runs. */
function withNanoseconds(text: string): string {
  const fraction = /\.(\d{1,9})/.exec(text)?.[1] ?? '';
  const seconds = new Date(Date.parse(text)).toISOString().slice(0, 19);
  return `${seconds}.${fraction.padEnd(9, '0')}Z`;
}

/** A terminal's output comes without frames: times stand at the beginnings of lines. */
async function* terminalLines(input: AsyncIterable<Uint8Array>): AsyncGenerator<Frame> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of input) {
    rest = Buffer.concat([rest, chunk]);
    for (let end = rest.indexOf(LINE_FEED); end >= 0; end = rest.indexOf(LINE_FEED)) {
      yield { stream: 'stdout', data: rest.subarray(0, end + 1) };
      rest = rest.subarray(end + 1);
    }
    if (rest.length < MAX_LINE_BYTES) continue;
    yield { stream: 'stdout', data: rest };
    rest = Buffer.alloc(0);
  }
  if (rest.length > 0) yield { stream: 'stdout', data: rest };
}
