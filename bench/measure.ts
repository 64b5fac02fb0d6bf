// Times of things that are compared: always taken in turns, so that what else the machine does hits all of them alike.

export interface Contender {
  readonly name: string;
  /** Returns its milliseconds: of the whole process, or of what it measured itself. */
  readonly run: () => Promise<number>;
}

/** Milliseconds by contender, one for each round. */
export type Times = ReadonlyMap<string, readonly number[]>;

export async function takeTurns(rounds: number, contenders: readonly Contender[]): Promise<Times> {
  const times = new Map(contenders.map(({ name }) => [name, [] as number[]]));
  for (let round = 0; round < rounds; round++) {
    for (const { name, run } of contenders) times.get(name)!.push(await run());
  }
  return times;
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

export function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))]!;
}

export interface Ratio {
  /** Of the ratios of the rounds. */
  readonly median: number;
  /** Best time over best time: what the machine's other work spoils least. */
  readonly ofMinima: number;
}

export function ratioOf(product: readonly number[], floor: readonly number[]): Ratio {
  return {
    median: median(product.map((ms, round) => ms / floor[round]!)),
    ofMinima: Math.min(...product) / Math.min(...floor),
  };
}
