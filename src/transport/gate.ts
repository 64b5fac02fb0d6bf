// A few at a time: work beyond that waits for its turn, first come, first served.

export class Gate {
  private free: number;
  private readonly waiting: (() => void)[] = [];

  constructor(places: number) {
    this.free = places;
  }

  async run<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.free > 0) this.free--;
    else await new Promise<void>((resolve) => this.waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = this.waiting.shift();
      if (next) next();
      else this.free++;
    }
  }
}

/**
 * All of them through one gate. The first that fails ends the others by `stop`, and is what is thrown, once none is at work
 * any more.
 */
export async function allThrough<Item>(
  places: number,
  items: readonly Item[],
  work: (item: Item, signal: AbortSignal) => Promise<void>,
  signal?: AbortSignal,
): Promise<void> {
  const gate = new Gate(places);
  const failed = new AbortController();
  const either = signal === undefined ? failed.signal : AbortSignal.any([signal, failed.signal]);
  let first: { readonly error: unknown } | undefined;
  await Promise.all(
    items.map((item) =>
      gate.run(async () => {
        if (first) return;
        try {
          await work(item, either);
        } catch (error) {
          first ??= { error };
          failed.abort();
        }
      }),
    ),
  );
  if (first) throw first.error;
}
