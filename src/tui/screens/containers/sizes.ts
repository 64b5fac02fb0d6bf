// How much the R/W layers of containers hold. Asked for when a row is on screen, a few at a time, and kept until the
// container changes its state: walking a large R/W layer takes a while.
import type { ContainerId } from '../../../engine/container.ts';

const AT_ONCE = 2;
/** More containers than this on one screen nobody has. */
const MAX_WAITING = 300;

export interface SizeSource {
  readonly ask: (id: ContainerId) => Promise<number>;
  readonly onChange: () => void;
}

interface Known {
  /** What the size was asked for with. */
  readonly state: string;
  /** Undefined while it is not known; -1 when nobody can tell. */
  sizeBytes: number | undefined;
}

export class ContainerSizes {
  private readonly source: SizeSource;
  private readonly known = new Map<ContainerId, Known>();
  private readonly waiting: ContainerId[] = [];
  private running = 0;
  private closed = false;

  constructor(source: SizeSource) {
    this.source = source;
  }

  /** Undefined until it is known. `state` is anything that tells when to ask again. */
  get(id: ContainerId, state: string): number | undefined {
    const known = this.known.get(id);
    if (known?.state === state) return known.sizeBytes;
    // The old size is shown until the new one is there.
    this.known.set(id, { state, sizeBytes: known?.sizeBytes });
    if (!this.waiting.includes(id) && this.waiting.length < MAX_WAITING) this.waiting.push(id);
    this.next();
    return known?.sizeBytes;
  }

  /** Forgets those that are not there any more. */
  keepOnly(ids: ReadonlySet<ContainerId>): void {
    for (const id of this.known.keys()) if (!ids.has(id)) this.known.delete(id);
  }

  /** Asks again for all that are shown, later. */
  expire(): void {
    for (const [id, { sizeBytes }] of this.known) this.known.set(id, { state: '', sizeBytes });
  }

  close(): void {
    this.closed = true;
    this.waiting.length = 0;
  }

  private next(): void {
    while (this.running < AT_ONCE && this.waiting.length > 0 && !this.closed) {
      this.running++;
      void this.ask(this.waiting.shift()!);
    }
  }

  private async ask(id: ContainerId): Promise<void> {
    const sizeBytes = await this.source.ask(id).catch(() => UNKNOWN);
    this.running--;
    const known = this.known.get(id);
    if (known) known.sizeBytes = sizeBytes;
    if (this.closed) return;
    this.source.onChange();
    this.next();
  }
}

const UNKNOWN = -1;
