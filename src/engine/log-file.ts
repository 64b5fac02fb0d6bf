// What a container's processes wrote: `log.jsonl`, one JSON object a line of output. The file is ASCII whatever was
// written, so that looking at it is harmless; bytes that are no UTF-8 are kept as base64. A full file becomes `log.jsonl.1`
// in place of the one before: never more than twice the bound is kept.
import { type FileHandle, open, rename, stat } from 'node:fs/promises';
import { writeFully } from '../lib/files.ts';
import { isUtf8 } from '../lib/text.ts';
import type { LogEntry } from './engine.ts';

export const LOG_FILE = 'log.jsonl';
export const MAX_LOG_BYTES = 64 * 1024 * 1024;
/** A longer line is several entries, as with docker: what waits for its end stays small. */
export const MAX_ENTRY_BYTES = 16 * 1024;
const LINE_FEED = 0x0a;

export type LogStream = LogEntry['stream'];

export function olderLog(path: string): string {
  return `${path}.1`;
}

/** The line of an entry in the file, with its line feed. */
export function formatLogEntry({ stream, time, data }: LogEntry): string {
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  const body = isUtf8(data) ? { d: bytes.toString('utf8') } : { b: bytes.toString('base64') };
  return `${asciiJson({ s: stream === 'stdout' ? 'o' : 'e', t: time, ...body })}\n`;
}

/** Undefined for a line that a crash or a full disk left damaged. */
export function parseLogEntry(line: string): LogEntry | undefined {
  let json: { s?: unknown; t?: unknown; d?: unknown; b?: unknown } | null;
  try {
    json = JSON.parse(line) as typeof json;
  } catch {
    return undefined;
  }
  const { s, t, d, b } = json ?? {};
  if ((s !== 'o' && s !== 'e') || typeof t !== 'string' || Number.isNaN(Date.parse(t))) return undefined;
  const data =
    typeof d === 'string'
      ? Buffer.from(d, 'utf8')
      : typeof b === 'string'
        ? Buffer.from(b, 'base64')
        : undefined;
  return data && { stream: s === 'o' ? 'stdout' : 'stderr', time: t, data };
}

function asciiJson(value: object): string {
  return JSON.stringify(value).replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

export interface LogWriterOptions {
  /** Of one file; there are at most two. Default: MAX_LOG_BYTES. */
  readonly maxBytes?: number;
  /** RFC 3339 with nanoseconds. */
  readonly now?: () => string;
}

/** One process writes a container's log at a time: the agent that holds its lock. */
export class LogWriter {
  private readonly path: string;
  private readonly maxBytes: number;
  private readonly now: () => string;
  /** Lines that have no end yet. */
  private readonly partial = new Map<LogStream, Buffer>();
  private file: FileHandle | undefined;
  private sizeBytes = 0;
  private brokenLine = false;
  private last: Promise<void> = Promise.resolve();
  private lost = 0;

  private constructor(path: string, options: LogWriterOptions) {
    this.path = path;
    this.maxBytes = options.maxBytes ?? MAX_LOG_BYTES;
    this.now = options.now ?? nanoTime;
  }

  /** Goes on where an earlier run of the container ended. */
  static async open(path: string, options: LogWriterOptions = {}): Promise<LogWriter> {
    const writer = new LogWriter(path, options);
    await writer.openFile();
    return writer;
  }

  /** Bytes of output that could not be kept, for want of space. */
  get lostBytes(): number {
    return this.lost;
  }

  /**
   * Resolves when the chunk was handed to the system or given up: whoever reads the process's output goes on only then,
   * so that a slow disk slows the process instead of filling memory. Never throws: a full disk ends no container.
   */
  write(stream: LogStream, chunk: Uint8Array): Promise<void> {
    return this.append(this.linesOf(stream, chunk));
  }

  /** Writes lines that have no end, and closes the file. */
  async end(): Promise<void> {
    for (const stream of this.partial.keys()) await this.endLine(stream);
    await this.last;
    await this.file?.close().catch(() => undefined);
    this.file = undefined;
  }

  /** Of a stream that is at its end. */
  async endLine(stream: LogStream): Promise<void> {
    const rest = this.partial.get(stream);
    this.partial.delete(stream);
    if (rest !== undefined) await this.append([this.entry(stream, rest)]);
  }

  private linesOf(stream: LogStream, chunk: Uint8Array): LogEntry[] {
    const entries: LogEntry[] = [];
    const held = this.partial.get(stream);
    let rest = held === undefined ? Buffer.from(chunk) : Buffer.concat([held, chunk]);
    while (rest.length > 0) {
      const end = rest.indexOf(LINE_FEED) + 1;
      if (end === 0 && rest.length < MAX_ENTRY_BYTES) break;
      const length = Math.min(end === 0 ? rest.length : end, MAX_ENTRY_BYTES);
      entries.push(this.entry(stream, rest.subarray(0, length)));
      rest = rest.subarray(length);
    }
    if (rest.length > 0) this.partial.set(stream, Buffer.from(rest));
    else this.partial.delete(stream);
    return entries;
  }

  private entry(stream: LogStream, data: Buffer): LogEntry {
    return { stream, time: this.now(), data };
  }

  private append(entries: readonly LogEntry[]): Promise<void> {
    if (entries.length > 0) this.last = this.last.then(() => this.tryAppend(entries));
    return this.last;
  }

  private async tryAppend(entries: readonly LogEntry[]): Promise<void> {
    try {
      if (this.sizeBytes >= this.maxBytes) await this.rotate();
      if (this.file === undefined) await this.openFile();
      const text = entries.map(formatLogEntry).join('');
      const data = Buffer.from(this.brokenLine ? `\n${text}` : text, 'latin1');
      this.brokenLine = true;
      await writeFully(this.file!, data);
      this.brokenLine = false;
      this.sizeBytes += data.length;
    } catch {
      this.lost += entries.reduce((sum, { data }) => sum + data.length, 0);
    }
  }

  private async rotate(): Promise<void> {
    await this.file?.close();
    this.file = undefined;
    await rename(this.path, olderLog(this.path));
    await this.openFile();
  }

  private async openFile(): Promise<void> {
    this.file = await open(this.path, 'a', 0o600);
    this.sizeBytes = (await stat(this.path)).size;
    this.brokenLine = this.sizeBytes > 0 && !(await endsLine(this.path, this.sizeBytes));
  }
}

async function endsLine(path: string, sizeBytes: number): Promise<boolean> {
  await using file = await open(path, 'r');
  const { buffer } = await file.read(Buffer.alloc(1), 0, 1, sizeBytes - 1);
  return buffer[0] === LINE_FEED;
}

/** JavaScript's clock gives microseconds at best; the last three digits are 0. */
function nanoTime(): string {
  const ms = performance.timeOrigin + performance.now();
  const whole = Math.floor(ms);
  const nanos = Math.floor((ms - whole) * 1000) * 1000;
  const fraction = String(nanos).padStart(6, '0');
  return `${new Date(whole).toISOString().slice(0, -1)}${fraction}Z`;
}
