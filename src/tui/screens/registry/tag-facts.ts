// What tags point to, asked for when their rows are on screen, a few at a time: what was scrolled past before its turn
// came is not asked for.
import type { TagSummary } from '../../../app/registry-services.ts';
import { isPhylloError } from '../../../lib/errors.ts';

const AT_ONCE = 4;

export type TagFact =
  | { readonly kind: 'waiting' }
  | { readonly kind: 'known'; readonly summary: TagSummary }
  | { readonly kind: 'failed'; readonly error: unknown };

const WAITING: TagFact = { kind: 'waiting' };

interface TagFactSource {
  readonly ask: (tag: string, signal: AbortSignal) => Promise<TagSummary>;
  readonly onChange: () => void;
}

export class TagFacts {
  private readonly source: TagFactSource;
  private readonly facts = new Map<string, TagFact>();
  private readonly asked = new Set<string>();
  private wanted: readonly string[] = [];
  private readonly closing = new AbortController();

  constructor(source: TagFactSource) {
    this.source = source;
  }

  get(tag: string): TagFact {
    return this.facts.get(tag) ?? WAITING;
  }

  /** These are on screen now, the most wanted first. */
  want(tags: readonly string[]): void {
    this.wanted = tags;
    this.next();
  }

  /** Those that could not be asked are asked again. */
  forgetFailed(): void {
    for (const [tag, fact] of this.facts) if (fact.kind === 'failed') this.facts.delete(tag);
  }

  close(): void {
    this.closing.abort();
  }

  private next(): void {
    const open = this.wanted.filter((tag) => !this.facts.has(tag) && !this.asked.has(tag));
    for (const tag of open.slice(0, AT_ONCE - this.asked.size)) {
      this.asked.add(tag);
      void this.ask(tag);
    }
  }

  private async ask(tag: string): Promise<void> {
    const { signal } = this.closing;
    try {
      this.facts.set(tag, { kind: 'known', summary: await this.source.ask(tag, signal) });
    } catch (error) {
      if (!isPhylloError(error, 'cancelled')) this.facts.set(tag, { kind: 'failed', error });
    }
    this.asked.delete(tag);
    if (signal.aborted) return;
    this.source.onChange();
    this.next();
  }
}
