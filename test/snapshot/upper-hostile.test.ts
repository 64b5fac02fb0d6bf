// What a container may do to its upperdir while we read it, and how an upperdir of a user namespace looks.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { liveChanges } from '../../src/snapshot/live-changes.ts';
import { readUpper } from '../../src/snapshot/upper.ts';
import { UpperReader } from '../../src/snapshot/upper-reader.ts';
import { liveLayerOf } from '../../src/snapshot/upper-tree.ts';
import { Overlay, canMount, changeLines, treeLines } from './live-overlay.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'phyllo-hostile-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const at = (path: string): string => join(folder, path);

test('a directory that becomes a link on the way down is not followed', async () => {
  mkdirSync(at('outside'));
  writeFileSync(at('outside/secret'), 'secret');
  mkdirSync(at('upper/d'), { recursive: true });
  writeFileSync(at('upper/d/file'), '1');
  const reader = new UpperReader(at('upper'));
  await reader.read();
  const known = reader.root.directories.get('d')!;
  renameSync(at('upper/d'), at('upper/e'));
  symlinkSync('../outside', at('upper/d'));
  reader.mark(known, 'secret');
  await reader.read();
  expect(treeLines(liveLayerOf(reader))).toEqual(['d/', 'd/file']);
  reader.mark(reader.root);
  await reader.read();
  expect(treeLines(liveLayerOf(reader))).toEqual(['d', 'e/', 'e/file']);
  reader.close();
});

test('hundreds of levels of directories are read to a limit, and that is told', async () => {
  mkdirSync(at('d/'.repeat(700)), { recursive: true });
  const { tree } = await readUpper(folder);
  expect(tree.count).toBe(257);
  expect(tree.facts.warnings).toEqual([expect.stringContaining('more than 256 levels')]);
});

test('only what is marked is read again', async () => {
  for (const name of ['a', 'b']) {
    mkdirSync(at(name));
    writeFileSync(at(`${name}/file`), '1');
  }
  const reader = new UpperReader(folder);
  expect(await reader.read()).toBe(true);
  writeFileSync(at('a/file'), '22');
  writeFileSync(at('b/file'), '333');
  reader.mark(reader.root.directories.get('a')!, 'file');
  expect(await reader.read()).toBe(true);
  const sizes = [...liveLayerOf(reader).tree.sizeBytes];
  expect(sizes.filter((size) => size > 0)).toEqual([2, 1]);
  reader.markAll();
  expect(await reader.read()).toBe(true);
  expect([...liveLayerOf(reader).tree.sizeBytes].filter((size) => size > 0)).toEqual([2, 3]);
  reader.markAll();
  expect(await reader.read()).toBe(false);
  reader.close();
});

test('what is not there is said to be missing', async () => {
  await expect(readUpper(at('absent'))).rejects.toMatchObject({ code: 'not-found' });
});

test('a reading can be cancelled', async () => {
  for (let index = 0; index < 10; index++) mkdirSync(at(`d${index}`));
  const signal = AbortSignal.abort();
  await expect(readUpper(folder, { signal })).rejects.toMatchObject({ code: 'cancelled' });
});

test.runIf(canMount)('an overlay of a user namespace has its marks in other xattrs', async () => {
  const overlay = new Overlay();
  try {
    overlay.layer('mkdir o; echo 1 >o/one; echo 2 >file');
    const options = `lowerdir=${overlay.layers[0]},upperdir=${overlay.upper},workdir=${overlay.work},userxattr`;
    const script = `mount -t overlay overlay -o ${options} ${overlay.merged}; cd ${overlay.merged}
      rm -r o; mkdir o; echo n >o/new; rm file`;
    execFileSync('unshare', ['-U', '--map-root-user', '-m', 'sh', '-euc', script]);
    const live = await readUpper(overlay.upper, { lowers: overlay.lowers });
    expect(changeLines(liveChanges(await overlay.stack(live), live))).toEqual([
      'whiteout file 0/0 hides 2 from 0',
      'opaque o 0/0 hides 2 from 0',
      'add o/new 2/2',
    ]);
  } finally {
    overlay.remove();
  }
});
