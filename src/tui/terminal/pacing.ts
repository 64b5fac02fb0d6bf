// Keeps frames from queueing up on a slow link: every frame ends with a question that the terminal answers when it
// has shown it, and while two frames are unanswered the next one waits. Small frames may run further ahead as long
// as the answers show that nothing queues. Terminals that never answer are never waited for.
import type { Clock } from './clock.ts';

const MAX_UNANSWERED = 2;
/** What may be under way when answers come promptly: a tenth of a second on 128 kbit/s. */
const MAX_AHEAD_BYTES = 1500;
const MAX_AHEAD_FRAMES = 16;
/** An answer this much later than the quickest one means that bytes are queueing. */
const PROMPT_MS = 40;
/** The quickest answer is forgotten at this rate, as routes change. */
const FORGET = 0.02;
/** Questions that go out before the first answer. */
const MAX_PROBES = 3;
const PATIENCE_MS = 1000;
const MAX_PATIENCE_MS = 30_000;

interface SentFrame {
  readonly at: number;
  readonly bytes: number;
}

export class Pacer {
  readonly #clock: Clock;
  readonly #onRelease: () => void;
  #answering = false;
  /** Frames that were sent and not answered, oldest first. */
  #sent: SentFrame[] = [];
  #probes = 0;
  #quickestMs = Infinity;
  #latestMs = Infinity;
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

  /** Answers that may still come in. */
  get unanswered(): number {
    const now = this.#clock.now();
    return this.#sent.filter((frame) => now - frame.at < PATIENCE_MS).length;
  }

  get mayPaint(): boolean {
    return !this.#answering || this.#sent.length < MAX_UNANSWERED || this.#mayRunAhead();
  }

  #mayRunAhead(): boolean {
    const limitMs = this.#quickestMs + PROMPT_MS;
    const bytes = this.#sent.reduce((sum, frame) => sum + frame.bytes, 0);
    const prompt = this.#latestMs <= limitMs && this.#clock.now() - this.#sent[0]!.at <= limitMs;
    return prompt && bytes < MAX_AHEAD_BYTES && this.#sent.length < MAX_AHEAD_FRAMES;
  }

  /** Whether the next frame shall end with the question. */
  get asks(): boolean {
    return this.#answering || this.#probes < MAX_PROBES;
  }

  /** A frame with the question went out. */
  asked(bytes: number): void {
    if (!this.#answering) this.#probes++;
    this.#sent.push({ at: this.#clock.now(), bytes });
    if (this.#answering) this.#startTimer();
  }

  answered(): void {
    const frame = this.#sent.shift();
    if (frame) this.#measure(this.#clock.now() - frame.at);
    this.#answering = true;
    this.#silent = false;
    this.#patienceMs = PATIENCE_MS;
    this.#stopTimer();
    if (this.#sent.length > 0) this.#startTimer();
    this.#onRelease();
  }

  #measure(tookMs: number): void {
    this.#latestMs = tookMs;
    if (tookMs < this.#quickestMs) this.#quickestMs = tookMs;
    else this.#quickestMs += (tookMs - this.#quickestMs) * FORGET;
  }

  /** Somebody is there. While answers stay away, every key is worth a frame. */
  keyPressed(): void {
    this.#patienceMs = PATIENCE_MS;
    if (this.#silent) this.#letOneThrough();
  }

  /** Forgets everything: another program had the terminal, and answers may have gone to it. */
  reset(): void {
    this.#stopTimer();
    this.#answering = false;
    this.#sent = [];
    this.#probes = 0;
    this.#quickestMs = Infinity;
    this.#latestMs = Infinity;
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
    this.#patienceMs = Math.min(this.#patienceMs * 2, MAX_PATIENCE_MS);
    this.#letOneThrough();
    this.#onRelease();
  }

  #letOneThrough(): void {
    this.#sent = this.#sent.slice(0, MAX_UNANSWERED - 1);
  }
}
