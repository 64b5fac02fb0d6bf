// Extended attributes repeat: each distinct set is kept once and named by number.

export type XattrSet = readonly (readonly [name: string, base64: string])[];

export class XattrSets {
  readonly list: XattrSet[] = [];
  private readonly numbers = new Map<string, number>();

  /** 0 for none, else the set's index in `list` plus one. */
  add(xattrs: ReadonlyMap<string, Uint8Array> | undefined): number {
    if (xattrs === undefined || xattrs.size === 0) return 0;
    const set = [...xattrs]
      .map(([name, value]) => [name, Buffer.from(value).toString('base64')] as const)
      .sort(([a], [b]) => (a < b ? -1 : 1));
    const key = JSON.stringify(set);
    const known = this.numbers.get(key);
    if (known !== undefined) return known;
    this.numbers.set(key, this.list.push(set));
    return this.list.length;
  }
}
