// Contexts on disk, with times and modes that do not depend on who writes them.
import {
  chmodSync,
  chownSync,
  linkSync,
  lutimesSync,
  mkdirSync,
  readdirSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import type { BuildCase, ContextFile } from './build-case.ts';

/** Older than any build: a time that is still there afterwards was copied. */
const CONTEXT_TIME_SECONDS = 1_100_000_000;

/** Makes `folder` with the Dockerfile in it. */
export function writeContext(
  folder: string,
  { context = {}, dockerfile, file = 'Dockerfile' }: BuildCase,
): void {
  const text = typeof dockerfile === 'string' ? dockerfile : `${dockerfile.join('\n')}\n`;
  const entries = Object.entries<string | ContextFile>({ ...context, [file]: text });
  for (const [name, entry] of entries) {
    writeEntry(folder, name, typeof entry === 'string' ? { content: entry } : entry);
  }
  // Only now: a directory that is not writable may have had files to get, and each file changed its time.
  for (const [name, entry] of entries) {
    if (name.endsWith('/') && typeof entry === 'object') chmodSync(join(folder, name), entry.mode ?? 0o755);
  }
  setTimes(folder);
}

function writeEntry(folder: string, name: string, entry: ContextFile): void {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  if (name.endsWith('/')) mkdirSync(path, { recursive: true });
  else if (entry.link !== undefined) symlinkSync(entry.link, path);
  else if (entry.hardLink !== undefined) linkSync(join(folder, entry.hardLink), path);
  else writeFileSync(path, entry.content ?? '');
  if (entry.owner !== undefined) chownSync(path, entry.owner, entry.owner);
  if (entry.link === undefined && entry.hardLink === undefined) chmodSync(path, entry.mode ?? 0o644);
  if (name.endsWith('/')) chmodSync(path, 0o755);
}

function setTimes(path: string): void {
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    const child = join(path, entry.name);
    if (entry.isDirectory()) setTimes(child);
    else lutimesSync(child, CONTEXT_TIME_SECONDS, CONTEXT_TIME_SECONDS);
  }
  lutimesSync(path, CONTEXT_TIME_SECONDS, CONTEXT_TIME_SECONDS);
}
