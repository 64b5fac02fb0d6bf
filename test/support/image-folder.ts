// A temporary folder of a test, gone with it.
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { onTestFinished } from 'vitest';

export function temporaryFolder(): string {
  const path = mkdtempSync(join(tmpdir(), 'phyllo-test-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** Every file below with a digest of its content: the same text before and after what must change nothing. */
export function contentsOf(root: string): string[] {
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .map((entry) => {
      const path = join(entry.parentPath, entry.name);
      const shown = relative(root, path);
      return entry.isFile()
        ? `${shown} ${createHash('sha256').update(readFileSync(path)).digest('hex')}`
        : `${shown} ${entry.isDirectory() ? 'directory' : 'other'}`;
    })
    .sort();
}
