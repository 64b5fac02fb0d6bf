// Lets a few in at a time; the others wait in their order.

export class Slots {
  private free: number;
  private waiting: (() => void)[] = [];
  private first = 0;

  constructor(count: number) {
    this.free = count;
  }

  /** Work never begins before this call has returned. */
  async hold<Result>(work: () => Promise<Result>): Promise<Result> {
    await this.enter();
    try {
      return await work();
    } finally {
      this.leave();
    }
  }

  private async enter(): Promise<void> {
    if (this.free > 0) this.free--;
    else await new Promise<void>((resolve) => this.waiting.push(resolve));
  }

  private leave(): void {
    const next = this.waiting[this.first];
    if (next === undefined) {
      this.free++;
      this.waiting = [];
      this.first = 0;
      return;
    }
    this.first++;
    next();
  }
}
