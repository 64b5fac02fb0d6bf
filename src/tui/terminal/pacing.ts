// Keeps frames from queueing up on a slow link: every frame ends with a question that the terminal answers when it
// has shown it, and with two frames unanswered the next one waits. Terminals that never answer are never waited for.
import type { Clock } from './clock.ts';

const MAX_UNANSWERED = 2;
/** Questions that go out before the first answer. */
const MAX_PROBES = 3;
const PATIENCE_MS = 1000;
const MAX_PATIENCE_MS = 30_000;

export class Pacer {
  readonly #clock: Clock;
  readonly #onRelease: () => void;
  #answering = false;
  #unanswered = 0;
  #probes = 0;
  /** An answer has been due for longer than we wait. */
  #silent = false;
  #patienceMs = PATIENCE_MS;
  #cancelTimer: (() => void) | undefined;

  /** `onRelease` is called when a frame may go out that had to wait. */
  constructor(clock: Clock, onRelease: () => void) {
    this.#clock = clock;
    this.#onRelease = onRelease;
  }

  /** Whether frames are being held back by answers at all. */
  get active(): boolean {
    return this.#answering;
  }

  get mayPaint(): boolean {
    return !this.#answering || this.#unanswered < MAX_UNANSWERED;
  }

  /** A frame is going out. Returns whether it shall end with the question. */
  frameSent(): boolean {
    if (!this.#answering) {
      if (this.#probes >= MAX_PROBES) return false;
      this.#probes++;
    }
    this.#unanswered++;
    if (this.#answering) this.#startTimer();
    return true;
  }

  answered(): void {
    this.#unanswered = Math.max(0, this.#unanswered - 1);
    this.#answering = true;
    this.#silent = false;
    this.#patienceMs = PATIENCE_MS;
    this.#stopTimer();
    if (this.#unanswered > 0) this.#startTimer();
    this.#onRelease();
  }

  /** Somebody is there. While answers stay away, every key is worth a frame. */
  keyPressed(): void {
    this.#patienceMs = PATIENCE_MS;
    if (this.#silent) this.#unanswered = Math.min(this.#unanswered, MAX_UNANSWERED - 1);
  }

  /** Forgets everything: another program had the terminal, and answers may have gone to it. */
  reset(): void {
    this.#stopTimer();
    this.#answering = false;
    this.#unanswered = 0;
    this.#probes = 0;
    this.#silent = false;
    this.#patienceMs = PATIENCE_MS;
  }

  #startTimer(): void {
    this.#cancelTimer ??= this.#clock.after(this.#patienceMs, () => this.#giveUpOne());
  }

  #stopTimer(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }

  /**
   * No answer in time: either the link stalls or nobody reads. One frame is let through, and then fewer and fewer,
   * because a write to a terminal that nobody reads would block the whole process in the end.
   */
  #giveUpOne(): void {
    this.#cancelTimer = undefined;
    this.#silent = true;
    this.#unanswered = MAX_UNANSWERED - 1;
    this.#patienceMs = Math.min(this.#patienceMs * 2, MAX_PATIENCE_MS);
    this.#onRelease();
  }
}
