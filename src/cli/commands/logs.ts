// phyllo logs: what a container wrote, standard output and standard error apart.
import type { LogEntry } from '../../engine/engine.ts';
import { toPhylloError } from '../../lib/errors.ts';
import type { Context } from '../context.ts';
import { Output } from '../output.ts';
import { parseMoment } from '../moment.ts';
import { usageError } from '../usage.ts';

interface LogsOptions {
  readonly follow?: boolean;
  readonly timestamps?: boolean;
  readonly tail?: string;
  readonly since?: string;
  readonly until?: string;
}

export async function run(
  context: Context,
  [container]: readonly string[],
  options: LogsOptions,
): Promise<void> {
  const now = Date.now();
  const { containers } = await context.services();
  const entries = await containers.logs(container!, {
    follow: options.follow,
    tail: parseTail(options.tail),
    sinceMs: options.since === undefined ? undefined : parseMoment('logs', options.since, now),
    untilMs: options.until === undefined ? undefined : parseMoment('logs', options.until, now),
    signal: context.signal,
  });
  const errors = new Output(context.io.stderr);
  try {
    for await (const entry of entries) {
      const output = entry.stream === 'stdout' ? context.out : errors;
      await output.write(options.timestamps ? timed(entry) : entry.data);
    }
  } catch (error) {
    throw toPhylloError(error, 'read logs');
  }
}

/** The time stands before each line; an entry is a line, or the part of one that was written so far. */
function timed({ time, data }: LogEntry): Uint8Array {
  return Buffer.concat([Buffer.from(`${time} `), data]);
}

function parseTail(text: string | undefined): number | undefined {
  if (text === undefined || text === 'all') return undefined;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw usageError('logs', `--tail takes a number of lines or all, not ${JSON.stringify(text)}`);
}
