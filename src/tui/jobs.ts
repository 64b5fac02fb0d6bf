// Long work that a screen started: its progress as text, and its end. One at a time is shown, all can be cancelled.
// Transfers are jobs too: those go on while other screens are looked at.
import type { WorkOptions } from '../app/services.ts';
import { isPhylloError } from '../lib/errors.ts';
import type { Progress } from '../lib/progress.ts';
import { safeText } from '../lib/text.ts';
import { displaySize } from '../lib/units.ts';
import type { Screen } from './screen.ts';

export interface Job {
  readonly title: string;
  readonly cancel: () => void;
  progress: Progress | undefined;
  readonly startedMs: number;
  /** Whether esc on that screen cancels it. */
  readonly isEndedOn: (screen: Screen) => boolean;
}

interface JobOptions {
  /** By default esc cancels it on every screen. */
  readonly isEndedOn?: (screen: Screen) => boolean;
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
  readonly events: JobEvents;

  constructor(events: JobEvents) {
    this.events = events;
  }

  /** The newest of those that esc ends on the screen; that is the one to show, else the newest at all. */
  endedOn(screen: Screen): Job | undefined {
    return [...this.running].findLast((job) => job.isEndedOn(screen));
  }

  get newest(): Job | undefined {
    return [...this.running].at(-1);
  }

  start(
    title: string,
    work: (options: WorkOptions) => Promise<string | undefined>,
    { isEndedOn = () => true }: JobOptions = {},
  ): Job {
    const controller = new AbortController();
    const job: Job = {
      title,
      cancel: () => controller.abort(),
      progress: undefined,
      startedMs: this.events.now(),
      isEndedOn,
    };
    this.running.add(job);
    const onProgress = (progress: Progress): void => {
      job.progress = progress;
      this.events.onChange();
    };
    void this.finish(job, work({ signal: controller.signal, onProgress }));
    this.events.onChange();
    return job;
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
