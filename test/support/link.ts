// Virtual time, and a slow link on it: bytes leave at a fixed rate, arrive half a round trip later, and the buffer
// before it takes any amount, as ssh's window does.
import { EventEmitter } from 'node:events';
import type { Clock } from '../../src/tui/terminal/clock.ts';

interface Timer {
  at: number;
  order: number;
  run: () => void;
}

/** Time that passes only when told to. */
export class VirtualClock implements Clock {
  #now = 0;
  #order = 0;
  #timers: Timer[] = [];

  now(): number {
    return this.#now;
  }

  after(delayMs: number, run: () => void): () => void {
    const timer = { at: this.#now + Math.max(0, delayMs), order: this.#order++, run };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  get pendingTimers(): number {
    return this.#timers.length;
  }

  /** Runs everything that is due within the next `ms`, in order. */
  advance(ms: number): void {
    const end = this.#now + ms;
    for (let next = this.#earliest(end); next; next = this.#earliest(end)) {
      this.#now = next.at;
      this.#timers = this.#timers.filter((timer) => timer !== next);
      next.run();
    }
    this.#now = end;
  }

  #earliest(end: number): Timer | undefined {
    let best: Timer | undefined;
    for (const timer of this.#timers) {
      if (timer.at > end) continue;
      if (!best || timer.at < best.at || (timer.at === best.at && timer.order < best.order)) best = timer;
    }
    return best;
  }
}

export interface LinkOptions {
  readonly bitsPerSecond?: number;
  readonly roundTripMs?: number;
  readonly columns?: number;
  readonly rows?: number;
  /** Whether the terminal at the far end answers status questions; default true. */
  readonly answers?: boolean;
}

/** The near end of the link as a driver's output. What arrives at the far end is handed to `onArrival`. */
export class SlowLink extends EventEmitter {
  columns: number;
  rows: number;
  bytesSent = 0;
  bytesArrived = 0;
  maxBacklogBytes = 0;
  writes = 0;
  answers: boolean;
  /** While set, nothing arrives and nothing is answered: the reader is paused. */
  stalled = false;
  onArrival: (text: string) => void = () => {};
  onAnswer: (text: string) => void = () => {};
  readonly #clock: VirtualClock;
  readonly #bytesPerMs: number;
  readonly #oneWayMs: number;
  #freeAt = 0;

  constructor(clock: VirtualClock, options: LinkOptions = {}) {
    super();
    this.#clock = clock;
    this.#bytesPerMs = (options.bitsPerSecond ?? 128_000) / 8 / 1000;
    this.#oneWayMs = (options.roundTripMs ?? 150) / 2;
    this.columns = options.columns ?? 120;
    this.rows = options.rows ?? 40;
    this.answers = options.answers ?? true;
  }

  get backlogBytes(): number {
    return this.bytesSent - this.bytesArrived;
  }

  /** Nothing on its way. */
  get atRest(): boolean {
    return this.backlogBytes === 0;
  }

  write(text: string): boolean {
    const bytes = Buffer.byteLength(text);
    this.writes++;
    this.bytesSent += bytes;
    this.maxBacklogBytes = Math.max(this.maxBacklogBytes, this.backlogBytes);
    this.#freeAt = Math.max(this.#freeAt, this.#clock.now()) + bytes / this.#bytesPerMs;
    this.#clock.after(this.#freeAt + this.#oneWayMs - this.#clock.now(), () => this.#arrive(text, bytes));
    return true;
  }

  #arrive(text: string, bytes: number): void {
    if (this.stalled) return;
    this.bytesArrived += bytes;
    this.onArrival(text);
    if (!this.answers) return;
    for (let asked = text.split('\x1b[5n').length - 1; asked > 0; asked--) {
      this.#clock.after(this.#oneWayMs, () => this.onAnswer('\x1b[0n'));
    }
  }
}
