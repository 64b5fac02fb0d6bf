// Tells a reader that a log may have grown, that it is complete, or that nobody wants it any more.
import { type FSWatcher, watch } from 'node:fs';
import { basename, dirname } from 'node:path';
import type { ReadLogOptions } from './log-reader.ts';

/** Where the system has no watches left. */
const POLL_MS = 500;
const MAX_TIMER_MS = 2 ** 31 - 1;

export class LogWatch implements Disposable {
  private readonly signal: AbortSignal | undefined;
  private watcher: FSWatcher | undefined;
  private poll: NodeJS.Timeout | undefined;
  private readonly deadline: NodeJS.Timeout | undefined;
  private isEnded = false;
  private happened = false;
  private wake: (() => void) | undefined;

  /** Watches the directory: the file is replaced when it is full, and may not be there yet. */
  constructor(path: string, { signal, untilMs, ended }: ReadLogOptions) {
    this.signal = signal;
    signal?.addEventListener('abort', this.onEvent);
    const end = (): void => {
      this.isEnded = true;
      this.onEvent();
    };
    void ended?.then(end, end);
    if (untilMs !== undefined) {
      this.deadline = setTimeout(end, Math.min(Math.max(0, untilMs - Date.now()), MAX_TIMER_MS));
    }
    const name = basename(path);
    try {
      this.watcher = watch(dirname(path), (_, changed) => {
        if (changed === null || changed.startsWith(name)) this.onEvent();
      });
      this.watcher.on('error', () => this.beginPoll());
    } catch {
      this.beginPoll();
    }
  }

  get ended(): boolean {
    return this.isEnded;
  }

  /** Resolves when something happened since it resolved last. */
  async changed(): Promise<void> {
    if (!this.happened && !this.signal?.aborted) {
      await new Promise<void>((resolve) => (this.wake = resolve));
    }
    this.happened = false;
  }

  [Symbol.dispose](): void {
    this.watcher?.close();
    clearInterval(this.poll);
    clearTimeout(this.deadline);
    this.signal?.removeEventListener('abort', this.onEvent);
  }

  private readonly onEvent = (): void => {
    this.happened = true;
    this.wake?.();
    this.wake = undefined;
  };

  private beginPoll(): void {
    this.poll ??= setInterval(this.onEvent, POLL_MS);
  }
}
