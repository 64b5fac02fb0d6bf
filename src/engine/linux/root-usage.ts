// How much an upperdir takes on disk.
import { setImmediate } from 'node:timers/promises';
import { Directory } from '../../layer/apply-directory.ts';

/** Of `stat`, whatever the file system's own blocks are. */
const BLOCK_BYTES = 512n;

interface Level {
  readonly directory: Directory;
  readonly left: string[];
}

/** A file with several names counts once. One directory of each level is open at a time. */
export async function upperUsage(path: string): Promise<number> {
  const top = Directory.open(path);
  const levels: Level[] = [{ directory: top, left: top.names() }];
  const linked = new Set<bigint>();
  let blocks = 0n;
  try {
    for (let level = levels.at(-1); level !== undefined; level = levels.at(-1)) {
      const name = level.left.pop();
      if (name === undefined) {
        levels.pop()?.directory.close();
        await setImmediate();
        continue;
      }
      const stat = level.directory.stat(name);
      if (stat === undefined || linked.has(stat.ino)) continue;
      blocks += stat.blocks;
      const child = stat.isDirectory() ? level.directory.child(name) : undefined;
      if (child !== undefined) levels.push({ directory: child, left: child.names() });
      else if (stat.nlink > 1n) linked.add(stat.ino);
    }
  } finally {
    for (const { directory } of levels) directory.close();
  }
  return Number(blocks * BLOCK_BYTES);
}
