// Waiting for a call, with or without a limit of time; there is a timer only while one was asked for.

export class WakeUp {
  private isCalled = false;
  private resolve: (() => void) | undefined;

  now(): void {
    this.isCalled = true;
    this.resolve?.();
  }

  /** Until `now` is called, or was since the last waiting ended. */
  async wait(timeoutMs?: number): Promise<void> {
    if (!this.isCalled) await this.sleep(timeoutMs);
    this.isCalled = false;
  }

  /** The whole time, whoever calls, unless `isOver` holds after a call. */
  async stopped(timeoutMs: number, isOver: () => boolean): Promise<void> {
    const until = performance.now() + timeoutMs;
    for (let left = timeoutMs; left > 0 && !isOver(); left = until - performance.now())
      await this.sleep(left);
    this.isCalled = false;
  }

  private sleep(timeoutMs: number | undefined): Promise<void> {
    return new Promise((resolve) => {
      const timer = timeoutMs === undefined ? undefined : setTimeout(resolve, timeoutMs);
      this.resolve = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
