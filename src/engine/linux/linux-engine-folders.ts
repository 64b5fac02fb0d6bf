// The folders of a new container.
import { chmodSync, chownSync, lstatSync, mkdirSync } from 'node:fs';
import { geteuid } from 'node:process';
import { containerPaths } from './mounted.ts';

const ROOT_MODE = 0o755;

/** The root inside has the attributes of the upperdir, so that it gets those of the image's root. */
export async function makeFolders(directory: string, topLayer: string | undefined): Promise<void> {
  const { upper, work, merged, runtime, empty } = containerPaths(directory);
  for (const path of [work, merged, runtime]) mkdirSync(path, { mode: 0o700 });
  for (const path of [upper, empty]) {
    mkdirSync(path);
    chmodSync(path, ROOT_MODE);
  }
  if (topLayer === undefined) return;
  const { mode, uid, gid } = lstatSync(topLayer);
  chmodSync(upper, mode & 0o7777);
  if (geteuid?.() === 0) chownSync(upper, uid, gid);
}
