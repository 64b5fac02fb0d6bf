// What tells whether a file on disk is still the one that was listed: device, inode and time of the last change.
import type { BigIntStats } from 'node:fs';

const WIDTH = 3;

/** One for each node of a file table, in its order. */
export class Identities {
  private values = new BigUint64Array(WIDTH * 1024);
  private count = 0;

  push({ dev, ino, ctimeNs }: BigIntStats): void {
    const at = this.count++ * WIDTH;
    if (at === this.values.length) this.grow();
    // The array wraps what has no room in it, as `holds` does.
    this.values[at] = dev;
    this.values[at + 1] = ino;
    this.values[at + 2] = ctimeNs;
  }

  private grow(): void {
    const larger = new BigUint64Array(this.values.length * 2);
    larger.set(this.values);
    this.values = larger;
  }

  /** The file of that node is still this one, whatever was done to it. */
  holds(node: number, { dev, ino }: BigIntStats): boolean {
    const at = node * WIDTH;
    return this.values[at] === BigInt.asUintN(64, dev) && this.values[at + 1] === BigInt.asUintN(64, ino);
  }

  inode(node: number): bigint {
    return this.values[node * WIDTH + 1]!;
  }

  ctimeNs(node: number): bigint {
    return this.values[node * WIDTH + 2]!;
  }
}
