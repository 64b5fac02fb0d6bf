// The filter of the file pane: searched off the main thread while it is typed; only the newest answer counts.
import { isPhylloError } from '../../../lib/errors.ts';
import type { ExploredContainer } from '../../../app/container-services.ts';
import type { ExploredImage } from '../../../app/services.ts';
import { parseQuery } from '../../../tree/search.ts';
import type { StackIndex } from '../../../tree/stack-index.ts';
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

  /** What the filter finds in this moment of a container; `passed` when there is a later one already. */
  async matchesIn(stack: StackIndex): Promise<Int32Array | undefined | 'passed'> {
    const { image } = this.screen;
    if (this.text === undefined || this.problem !== undefined || !image) return undefined;
    try {
      const matches = await image.search(parseQuery(this.text));
      return (await newestStack(image)) === stack ? matches : 'passed';
    } catch {
      // What is wrong with a filter was told when it was typed.
      return undefined;
    }
  }

  private async run(text: string, signal: AbortSignal): Promise<void> {
    const { image, files, host } = this.screen;
    if (!image || !files) return;
    try {
      const matches = await image.search(parseQuery(text), signal);
      const isCurrent = this.screen.isLive ? (await newestStack(image)) === files.stack : true;
      if (!signal.aborted && isCurrent && this.screen.files === files) files.setMatches(matches);
    } catch (error) {
      if (signal.aborted || isPhylloError(error, 'cancelled')) return;
      this.problem = isPhylloError(error) ? error.message : String(error);
    }
    host.changed();
  }
}

async function newestStack(image: ExploredImage | ExploredContainer): Promise<StackIndex> {
  return 'now' in image ? (await image.now).stack : image.stack;
}
