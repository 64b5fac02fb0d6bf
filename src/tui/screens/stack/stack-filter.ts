// The filter of the file pane: searched off the main thread while it is typed; only the newest answer counts.
import { isPhylloError } from '../../../lib/errors.ts';
import { parseQuery } from '../../../tree/search.ts';
import type { StackScreen } from './stack-screen.ts';

export class StackFilter {
  text: string | undefined;
  /** Why the filter cannot be understood, safe to show. */
  problem: string | undefined;
  private readonly screen: StackScreen;
  private running: AbortController | undefined;

  constructor(screen: StackScreen) {
    this.screen = screen;
  }

  set(text: string | undefined): void {
    this.stop();
    if (text === undefined || text === '') return this.clear();
    this.text = text;
    this.problem = undefined;
    this.running = new AbortController();
    void this.run(text, this.running.signal);
  }

  clear(): void {
    this.stop();
    this.text = undefined;
    this.problem = undefined;
    this.screen.files?.setMatches(undefined);
    this.screen.host.changed();
  }

  /** Ends a search under way. */
  stop(): void {
    this.running?.abort();
    this.running = undefined;
  }

  private async run(text: string, signal: AbortSignal): Promise<void> {
    const { image, files, host } = this.screen;
    if (!image || !files) return;
    try {
      const matches = await image.search(parseQuery(text), signal);
      if (!signal.aborted) files.setMatches(matches);
    } catch (error) {
      if (signal.aborted || isPhylloError(error, 'cancelled')) return;
      this.problem = isPhylloError(error) ? error.message : String(error);
    }
    host.changed();
  }
}
