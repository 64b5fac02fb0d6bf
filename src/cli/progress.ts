// How far long work is: one line on standard error that rewrites itself. Nothing where no terminal reads it.
import process from 'node:process';
import type { Progress } from '../lib/progress.ts';
import { safeText } from '../lib/text.ts';
import { formatSize } from '../lib/units.ts';
import type { CliIo, CliOutput } from './io.ts';

const EVERY_MS = 100;
/** Work that is done sooner than this shows nothing: no flicker. */
const FIRST_AFTER_MS = 300;
const DEFAULT_COLUMNS = 80;

/** `performance` is a part of Node that takes longer to load than many a verb takes. */
function clockMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

export class ProgressLine {
  private readonly stream: CliOutput | undefined;
  private lastMs = clockMs() + FIRST_AFTER_MS - EVERY_MS;
  private item: { name: string; sinceMs: number; fromBytes: number } | undefined;
  private shown = false;

  constructor({ stderr, env }: CliIo, quiet: boolean) {
    this.stream = stderr.isTTY === true && env['TERM'] !== 'dumb' && !quiet ? stderr : undefined;
  }

  report(progress: Progress): void {
    if (this.stream === undefined) return;
    const nowMs = clockMs();
    if (this.item?.name !== progress.item) {
      this.item = { name: progress.item, sinceMs: nowMs, fromBytes: progress.doneBytes };
    }
    if (nowMs - this.lastMs < EVERY_MS) return;
    this.lastMs = nowMs;
    this.shown = true;
    const seconds = (nowMs - this.item.sinceMs) / 1000;
    const text = progressText(progress, progress.doneBytes - this.item.fromBytes, seconds);
    // A terminal that does not know its size says 0.
    const columns = this.stream.columns || DEFAULT_COLUMNS;
    this.stream.write(`\r${text.slice(0, columns - 1)}\x1b[K`);
  }

  clear(): void {
    if (this.shown) this.stream?.write('\r\x1b[K');
    this.shown = false;
  }
}

/** `3f2a9c01b7de  12.3MB / 84MB  41MB/s  2s left`; speed and rest once they can be told. */
export function progressText(
  { item, doneBytes, totalBytes }: Progress,
  sinceBytes: number,
  seconds: number,
): string {
  const parts = [safeText(item), formatSize(doneBytes, 3)];
  if (totalBytes !== undefined) parts[1] += ` / ${formatSize(totalBytes, 3)}`;
  const bytesPerSecond = seconds > 0 ? sinceBytes / seconds : 0;
  if (bytesPerSecond > 0) {
    parts.push(`${formatSize(bytesPerSecond, 2)}/s`);
    if (totalBytes !== undefined && totalBytes >= doneBytes) {
      parts.push(`${Math.ceil((totalBytes - doneBytes) / bytesPerSecond)}s left`);
    }
  }
  return parts.join('  ');
}
