// The last line while work is under way: what it does, and how to end it or see more of it.
import type { App } from './app.ts';
import { jobText } from './jobs.ts';
import { truncate } from './width.ts';

type Told = Pick<App, 'jobs' | 'screen' | 'size' | 'keyLabel'>;

/** Undefined when nothing is under way, and where the screen tells of it itself. */
export function jobLine({ jobs, screen, size, keyLabel }: Told): string | undefined {
  const job = jobs.endedOn(screen);
  const shown = job ?? (screen.showsTransfers ? undefined : jobs.newest);
  if (!shown) return undefined;
  const others = jobs.running.size - 1;
  const key = job ? 'esc cancels' : `${keyLabel('transfers.open') ?? ':'} transfers`;
  const note = `${others === 0 ? '' : ` · ${others} more`}  (${key})`;
  return truncate(jobText(shown, jobs.events.now()), size.columns - note.length - 2) + note;
}
