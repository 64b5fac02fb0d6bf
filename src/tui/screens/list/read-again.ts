// Reads something whenever it has changed, once at a time: changes that come while it is being read are read after it.

export class ReadAgain {
  private readonly read: () => Promise<void>;
  private reading = false;
  private stale = false;
  private closed = false;

  /** `read` does not fail. */
  constructor(read: () => Promise<void>) {
    this.read = read;
  }

  async now(): Promise<void> {
    this.stale = true;
    if (this.reading) return;
    this.reading = true;
    while (this.stale && !this.closed) {
      this.stale = false;
      await this.read();
    }
    this.reading = false;
  }

  close(): void {
    this.closed = true;
  }
}
