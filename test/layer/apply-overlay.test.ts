// A layer alone, as overlayfs stacks it: what is on disk then. What a mount shows is in test/snapshot/unpack-trees.
import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { loadNative } from '../../src/lib/native.ts';
import type { WriteResult } from '../../src/layer/apply-writer.ts';
import type { OverlayForm } from '../../src/layer/apply-overlay.ts';
import { isRoot } from '../support/image-engines.ts';
import { type Layer, Sandbox, treeOf } from './apply-fixtures.ts';

const native = loadNative();
const canMark = isRoot && native !== undefined;
const OPAQUE = 'trusted.overlay.opaque';
const FORM: OverlayForm = {
  opaqueXattr: OPAQUE,
  needless: new Set(),
  implied: new Map(),
  rootNames: [],
  files: new Map(),
};

let sandbox: Sandbox;
beforeEach(() => (sandbox = new Sandbox()));
afterEach(() => sandbox.remove());

function unpack(layer: Layer, form: Partial<OverlayForm> = {}): Promise<WriteResult> {
  return sandbox.apply(layer, { owners: true, privileges: true, overlay: { ...FORM, ...form } });
}

/** What the tree has, whiteouts as `device 0`, with the names of directories that are marked. */
function marked(xattr = OPAQUE): string[] {
  const paths = treeOf(sandbox.root).map((line) => line.split(' ')[0]!);
  return paths.filter(
    (path) => native?.getXattr(Buffer.from(join(sandbox.root, path)), xattr)?.toString() === 'y',
  );
}

describe.runIf(canMark)('a layer alone', () => {
  test('has devices for whiteouts, but none where it has an entry itself', async () => {
    await unpack({ '.wh.a': '', 'd/.wh.b': '', 'd/c': 'c', 'd/.wh.c': '', e: 'e', '.wh.e': '' });
    expect(sandbox.tree()).toEqual(['a 0 device 0', 'd/ 755', 'd/b 0 device 0', 'd/c 644 "c"', 'e 644 "e"']);
  });

  test('has marks on directories that hide what is below', async () => {
    await unpack({
      'a/': {},
      'a/.wh..wh..opq': '',
      '.wh.b': '',
      'b/': {},
      'c/': {},
      '.wh.c': '',
      'd/e/.wh..wh..opq': '',
      'f/g': 'g',
      '.wh.f': '',
      'h/': {},
    });
    expect(marked()).toEqual(['a/', 'b/', 'c/', 'd/e/', 'f/']);
  });

  test('keeps its marks where users have them, without root of the machine', async () => {
    await unpack({ 'a/': {}, 'a/.wh..wh..opq': '' }, { opaqueXattr: 'user.overlay.opaque' });
    expect(marked('user.overlay.opaque')).toEqual(['a/']);
    expect(marked()).toEqual([]);
  });

  test('has no whiteouts below its opaque directories, and none that are needless', async () => {
    await unpack(
      { 'a/.wh..wh..opq': '', 'a/.wh.b': '', 'a/c/.wh.d': '', '.wh.e': '', '.wh.f': '' },
      { needless: new Set(['e']) },
    );
    expect(sandbox.tree()).toEqual(['a/ 755', 'a/c/ 755', 'f 0 device 0']);
  });

  test('hides by name what an opaque root hides', async () => {
    await unpack({ '.wh..wh..opq': '', 'd/x': 'x', f: 'f' }, { rootNames: ['a', 'd', 'f'] });
    expect(sandbox.tree()).toEqual(['a 0 device 0', 'd/ 755', 'd/x 644 "x"', 'f 644 "f"']);
    expect(marked()).toEqual(['d/']);
    expect(native?.getXattr(Buffer.from(sandbox.root), OPAQUE)).toBeUndefined();
  });

  test('gives directories that it implies what lower layers say of them, unless it describes them', async () => {
    const lower = { mode: 0o700, uid: 3, gid: 4, mtimeSeconds: 5, mtimeNanos: 6, xattrs: undefined };
    const implied = new Map(['', 'a', 'b'].map((path) => [path, lower]));
    await unpack({ 'a/x': 'x', 'b/y': 'y', 'b/': { mode: 0o711 }, 'c/z': 'z' }, { implied });
    expect(sandbox.tree().filter((line) => line.includes('/ '))).toEqual(['a/ 700', 'b/ 711', 'c/ 755']);
    const [root, a] = ['', 'a'].map((path) => lstatSync(join(sandbox.root, path), { bigint: true }));
    expect([root!.mode & 0o777n, root!.uid, a!.uid, a!.gid, a!.mtimeNs]).toEqual([
      0o700n,
      3n,
      3n,
      4n,
      5_000_000_006n,
    ]);
  });

  test('has a root of its own, whatever the directory had', async () => {
    await unpack({ '/': { mode: 0o750, uid: 9 } });
    const { mode, uid } = lstatSync(sandbox.root);
    expect([mode & 0o777, uid]).toEqual([0o750, 9]);
  });

  test('links to files of lower layers, which no link in these leads out of', async () => {
    const lower = new Sandbox();
    try {
      await lower.apply(
        { 'd/f': { content: 'low', mode: 0o4711, uid: 8 }, out: { link: sandbox.canary } },
        { owners: true, privileges: true },
      );
      const file = (path: string): { directory: string; path: string } => ({ directory: lower.root, path });
      const files = new Map([
        ['x', file('d/f')],
        ['y', file('out/file')],
      ]);
      await unpack({ a: { type: 'hardlink', link: 'x' }, b: { type: 'hardlink', link: 'x' } }, { files });
      expect(sandbox.tree()).toEqual(['a 4711 "low"', 'b = a']);
      await expect(unpack({ c: { type: 'hardlink', link: 'y' } }, { files })).rejects.toMatchObject({
        code: 'invalid-archive',
      });
    } finally {
      lower.remove();
    }
  });

  test('takes no marks over from the image but those that it understands', async () => {
    await unpack({
      'd/': { xattrs: { 'trusted.overlay.redirect': '/x', 'user.overlay.opaque': 'x', 'user.mine': 'm' } },
      f: { content: 'f', xattrs: { 'trusted.overlay.metacopy': '' } },
    });
    const names = ['d', 'f'].map((path) => native!.listXattrs(Buffer.from(join(sandbox.root, path))));
    expect(names).toEqual([['user.mine'], []]);
  });

  test('leaves other names of a device out where the device could not be made', async () => {
    const { warnings } = await sandbox.apply(
      {
        null: { type: 'char', device: [1, 3] },
        zero: { type: 'hardlink', link: 'null' },
        more: { type: 'hardlink', link: 'zero' },
      },
      { owners: true, privileges: false, overlay: FORM },
    );
    expect(warnings).toEqual([
      'device node left out: /null',
      'another name of a device node left out: /zero and 1 more',
    ]);
  });
});

test('without system calls a layer that hides something is refused', async () => {
  await expect(sandbox.apply({ '.wh.a': '' }, { native: null, overlay: FORM })).rejects.toMatchObject({
    code: 'unsupported',
  });
});
