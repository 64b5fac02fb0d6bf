// Long work that a screen started: its progress as text, and its end. One at a time is shown, all can be cancelled.
import type { WorkOptions } from '../app/services.ts';
import { isPhylloError } from '../lib/errors.ts';
import type { Progress } from '../lib/progress.ts';
import { safeText } from '../lib/text.ts';
import { displaySize } from '../lib/units.ts';

export interface Job {
  readonly title: string;
  readonly cancel: () => void;
  progress: Progress | undefined;
  readonly startedMs: number;
}

export interface JobEvents {
  /** Monotonic milliseconds. */
  readonly now: () => number;
  readonly onChange: () => void;
  readonly onDone: (message: string | undefined) => void;
  readonly onError: (error: unknown) => void;
}

export class Jobs {
  readonly running = new Set<Job>();
  private readonly events: JobEvents;

  constructor(events: JobEvents) {
    this.events = events;
  }

  /** The newest. */
  get current(): Job | undefined {
    return [...this.running].at(-1);
  }

  start(title: string, work: (options: WorkOptions) => Promise<string | undefined>): void {
    const controller = new AbortController();
    const job: Job = {
      title,
      cancel: () => controller.abort(),
      progress: undefined,
      startedMs: this.events.now(),
    };
    this.running.add(job);
    const onProgress = (progress: Progress): void => {
      job.progress = progress;
      this.events.onChange();
    };
    void this.finish(job, work({ signal: controller.signal, onProgress }));
    this.events.onChange();
  }

  private async finish(job: Job, work: Promise<string | undefined>): Promise<void> {
    try {
      const message = await work;
      this.running.delete(job);
      this.events.onDone(message);
    } catch (error) {
      this.running.delete(job);
      if (isPhylloError(error, 'cancelled')) this.events.onDone(`${job.title}: cancelled`);
      else this.events.onError(error);
    }
  }

  cancelAll(): void {
    for (const job of this.running) job.cancel();
  }
}

/** `saving x.tar: 120 MB of 340 MB, 35 %, 85 MB/s, 3 s left` */
export function jobText({ title, progress, startedMs }: Job, nowMs: number): string {
  if (!progress) return `${safeText(title)} …`;
  const { doneBytes, totalBytes } = progress;
  const seconds = Math.max(0.001, (nowMs - startedMs) / 1000);
  const rate = doneBytes / seconds;
  const parts = [`${safeText(title)}: ${displaySize(doneBytes)}`];
  if (totalBytes !== undefined && totalBytes > 0) {
    parts[0] += ` of ${displaySize(totalBytes)}`;
    parts.push(`${Math.floor((doneBytes / totalBytes) * 100)} %`);
  }
  if (seconds >= 1) parts.push(`${displaySize(Math.round(rate))}/s`);
  if (seconds >= 1 && totalBytes !== undefined && rate > 0) {
    parts.push(`${Math.max(0, Math.ceil((totalBytes - doneBytes) / rate))} s left`);
  }
  return parts.join(', ');
}
