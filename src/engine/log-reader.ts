// Reads a container's log while it is being written, possibly by another process: from the start or the last so many entries,
// to its end or on and on, across rotations.
import { type FileHandle, open, stat } from 'node:fs/promises';
import { toPhylloError, isSystemError } from '../lib/errors.ts';
import type { LogEntry, LogOptions } from './engine.ts';
import { olderLog, parseLogEntry } from './log-file.ts';
import { LogWatch } from './log-watch.ts';

const READ_BYTES = 64 * 1024;
/** Longer ones were not written by us. */
const MAX_LINE_BYTES = 1024 * 1024;
const LINE_FEED = 0x0a;

export interface ReadLogOptions extends LogOptions {
  /** Settles when nothing will be written any more; following then ends after what is there. */
  readonly ended?: Promise<unknown>;
}

/** A log that is not there is empty. Ends quietly on the signal; `tail` counts before the times are looked at. */
export async function* readLog(path: string, options: ReadLogOptions = {}): AsyncGenerator<LogEntry> {
  const { sinceMs = Number.NEGATIVE_INFINITY, untilMs = Number.POSITIVE_INFINITY } = options;
  for await (const line of logLines(path, options)) {
    const entry = parseLogEntry(line);
    if (entry === undefined) continue;
    const timeMs = Date.parse(entry.time);
    if (timeMs > untilMs) return;
    if (timeMs >= sinceMs) yield entry;
  }
}

async function* logLines(path: string, options: ReadLogOptions): AsyncGenerator<string> {
  // Before the first look: what is written after that look is told by the watch.
  using watching = options.follow ? new LogWatch(path, options) : undefined;
  await using parts = await LogParts.open(path, options.tail);
  for (;;) {
    // Asked before reading: what was written until then is read below.
    const last = watching === undefined || watching.ended;
    for await (const line of parts.lines()) {
      if (options.signal?.aborted) return;
      yield line;
    }
    if (last || options.signal?.aborted) return;
    await watching.changed();
  }
}

interface Part {
  readonly file: FileHandle;
  readonly inode: number;
  position: number;
}

/** The one or two files of a log, as one. */
class LogParts implements AsyncDisposable {
  private readonly path: string;
  /** To be read, in order; the last one may still grow. */
  private parts: Part[] = [];
  /** The part before, when it was read and closed. */
  private lastInode: number | undefined;
  private rest: Buffer = Buffer.alloc(0);
  private skipping = false;

  private constructor(path: string) {
    this.path = path;
  }

  static async open(path: string, tail: number | undefined): Promise<LogParts> {
    const log = new LogParts(path);
    try {
      await log.openAll();
      if (tail !== undefined) await log.skipTo(tail);
      return log;
    } catch (error) {
      await log[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Whole lines that are there now and were not given yet. */
  async *lines(): AsyncGenerator<string> {
    for (;;) {
      if (this.parts.length === 0) await this.openAll();
      const [part] = this.parts;
      if (part === undefined) return;
      yield* this.readOn(part);
      if (this.parts.length === 1 && !(await this.wasRotated(part))) return;
      // What came between the last read and the rotation.
      yield* this.readOn(part);
      await this.leave(part);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.parts.map(({ file }) => file.close()));
    this.parts = [];
  }

  /** The current file first: when it is rotated meanwhile, it is found twice instead of not at all. */
  private async openAll(): Promise<void> {
    const current = await openPart(this.path);
    const older = await openPart(olderLog(this.path));
    const isNew = older && older.inode !== current?.inode && older.inode !== this.lastInode;
    if (older && !isNew) await older.file.close();
    this.parts = [...(isNew ? [older] : []), ...(current ? [current] : [])];
  }

  private async wasRotated(part: Part): Promise<boolean> {
    const now = await stat(this.path).catch((error: unknown) => {
      if (isSystemError(error, 'ENOENT')) return undefined;
      throw toPhylloError(error, 'read log');
    });
    return now !== undefined && now.ino !== part.inode;
  }

  private async leave(part: Part): Promise<void> {
    this.lastInode = part.inode;
    this.parts.shift();
    this.rest = Buffer.alloc(0);
    this.skipping = false;
    await part.file.close();
  }

  private async *readOn(part: Part): AsyncGenerator<string> {
    for (;;) {
      const { bytesRead, buffer } = await part.file.read(
        Buffer.allocUnsafe(READ_BYTES),
        0,
        READ_BYTES,
        part.position,
      );
      if (bytesRead === 0) return;
      part.position += bytesRead;
      yield* this.split(buffer.subarray(0, bytesRead));
    }
  }

  private *split(chunk: Buffer): Generator<string> {
    const data = this.rest.length > 0 ? Buffer.concat([this.rest, chunk]) : chunk;
    let start = 0;
    for (let end = data.indexOf(LINE_FEED); end >= 0; end = data.indexOf(LINE_FEED, start)) {
      if (!this.skipping) yield data.toString('latin1', start, end);
      this.skipping = false;
      start = end + 1;
    }
    this.rest = data.subarray(start);
    if (this.rest.length <= MAX_LINE_BYTES) return;
    this.skipping = true;
    this.rest = Buffer.alloc(0);
  }

  /** Leaves the last `lines` lines to be read. */
  private async skipTo(lines: number): Promise<void> {
    let missing = lines;
    for (const part of this.parts.toReversed()) {
      const found = await seekLines(part, missing);
      missing -= found;
    }
  }
}

async function openPart(path: string): Promise<Part | undefined> {
  try {
    const file = await open(path, 'r');
    return { file, inode: (await file.stat()).ino, position: 0 };
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return undefined;
    throw toPhylloError(error, 'read log');
  }
}

/** Places the part before its last `wanted` whole lines, from its end backwards. Tells how many there are. */
async function seekLines(part: Part, wanted: number): Promise<number> {
  const { size } = await part.file.stat();
  part.position = size;
  const block = Buffer.alloc(READ_BYTES);
  let found = -1;
  for (let end = size; end > 0;) {
    const start = Math.max(0, end - READ_BYTES);
    const { bytesRead } = await part.file.read(block, 0, end - start, start);
    for (let at = bytesRead - 1; at >= 0; at--) {
      if (block[at] !== LINE_FEED) continue;
      // A line that has no end yet is read when it has one.
      part.position = start + at + 1;
      if (++found === wanted) return wanted;
    }
    end = start;
  }
  part.position = 0;
  return found + 1;
}
