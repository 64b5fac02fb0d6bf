// The filter of dead paths: searched off the main thread while it is typed; only the newest answer counts.
import type { ExploredImage } from '../../../app/services.ts';
import { isPhylloError } from '../../../lib/errors.ts';
import { parseQuery } from '../../../tree/search.ts';

export class PathFilter {
  text: string | undefined;
  /** Why the filter cannot be understood, not yet safe to show. */
  problem: string | undefined;
  /** Path nodes; undefined without a filter, and until the first answer came. */
  matches: Int32Array | undefined;
  private readonly onFound: () => void;
  private running: AbortController | undefined;

  constructor(onFound: () => void) {
    this.onFound = onFound;
  }

  set(text: string | undefined, image: ExploredImage | undefined): void {
    this.stop();
    this.text = text === '' ? undefined : text;
    this.problem = undefined;
    if (this.text === undefined || !image) {
      this.matches = undefined;
      return this.onFound();
    }
    this.running = new AbortController();
    void this.run(this.text, image, this.running.signal);
  }

  private async run(text: string, image: ExploredImage, signal: AbortSignal): Promise<void> {
    try {
      const matches = await image.search(parseQuery(text), signal);
      if (signal.aborted) return;
      this.matches = matches;
    } catch (error) {
      if (signal.aborted || isPhylloError(error, 'cancelled')) return;
      this.problem = isPhylloError(error) ? error.message : String(error);
    }
    this.onFound();
  }

  /** Ends a search under way. */
  stop(): void {
    this.running?.abort();
    this.running = undefined;
  }
}
