// How long we wait for the other side. Only waiting counts, and only real progress starts it anew: a server that sends a
// byte a second would hold a connection for ever.

/** Less than this in the whole time is no progress. */
const PROGRESS_BYTES = 4096;

export class Patience {
  private readonly limitMs: number;
  private readonly onStall: () => void;
  private timer: NodeJS.Timeout | undefined;
  private sinceMs = 0;
  private waitedMs = 0;
  private bytes = 0;
  private isOver = false;

  constructor(limitMs: number, onStall: () => void) {
    this.limitMs = limitMs;
    this.onStall = onStall;
  }

  wait(): void {
    if (this.isOver) return;
    this.sinceMs = performance.now();
    this.timer = setTimeout(this.onStall, Math.max(1, this.limitMs - this.waitedMs));
  }

  /** What was waited for came. */
  got(bytes: number): void {
    clearTimeout(this.timer);
    this.waitedMs += performance.now() - this.sinceMs;
    this.bytes += bytes;
    if (this.bytes < PROGRESS_BYTES) return;
    this.waitedMs = 0;
    this.bytes = 0;
  }

  /** Nothing is waited for any more, whoever still wants to. */
  end(): void {
    this.isOver = true;
    clearTimeout(this.timer);
  }
}
