// The same script over the same files: run by busybox over a real overlay, and simulated. Both R/W layers have to be alike.
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getuid } from 'node:process';
import { describe, expect, test } from 'vitest';
import { LayerTreeBuilder } from '../../../src/tree/build.ts';
import { applyLayer } from '../../../src/layer/apply.ts';
import { readDirectory } from '../../../src/layer/make.ts';
import { scanLayerStream } from '../../../src/layer/scan.ts';
import { writeTar } from '../../../src/layer/tar-writer.ts';
import { LiveLayerMaker } from '../../../src/engine/virtual/upper-layer.ts';
import { type LayerTree, NodeType } from '../../../src/tree/layer-tree.ts';
import { type Layer, tarOf } from '../../layer/apply-fixtures.ts';
import { needTool } from '../../support/tools.ts';
import { ELF, TestShell } from '../../support/virtual-shell.ts';

const APPLETS = 'sh cat rm mv cp mkdir rmdir touch chmod chown ln sed ls truncate'.split(' ');
const DATA: Layer = {
  'd/one': { content: 'one\n', mode: 0o640, uid: 5, gid: 6 },
  'd/two': 'two\n',
  'd/sub/deep': 'deep\n',
  'd/sub/more/x': 'x\n',
  'd/link': { link: 'one' },
  'd/dirlink': { link: 'sub' },
  'e/keep': 'keep\n',
  'tmp/': { mode: 0o1777 },
};
const SCRIPTS = [
  'echo more >> /d/one',
  'echo new > /d/two; echo made > /d/three',
  'chmod 600 /d/one; chown 7:8 /d/two',
  'rm /d/one; rm -r /d/sub',
  'rm -r /d/sub; mkdir /d/sub; echo n > /d/sub/n',
  'rm /d/one; echo again > /d/one',
  'rm /d/one; mkdir /d/one; touch /d/one/f',
  'mv /d/one /e/moved',
  'mv /d/sub /e/sub2',
  'mkdir /n; echo 1 > /n/f; mv /n /n2; mv /n2/f /n2/g',
  'ln /d/one /e/hard; echo more >> /e/hard',
  'ln -s /d/one /e/soft; rm /d/link',
  'echo through >> /d/link; echo in > /d/dirlink/new',
  'sed -i s/o/0/ /d/two',
  'cp /d/one /e/copy; cp -r /d/sub /e/subcopy',
  'mkdir -p /a/b/c; rmdir /a/b/c; touch /a/b/t',
  'echo t > /made; rm /made; echo t > /d/made; rm /d/made',
  'mv /d/two /d/one; rm /e/keep',
  'rm -rf /d /e; mkdir /d; echo 1 > /d/1',
];
const canMount = getuid?.() === 0 && existsSync('/bin/busybox') && needTool('unshare', 'mount', 'chroot');

describe.runIf(canMount)('the R/W layer is that of a real overlay', { timeout: 30_000 }, () => {
  test.each(SCRIPTS)('%s', async (script) => {
    expect(await simulated(script)).toEqual(await real(script));
  });
});

async function simulated(script: string): Promise<string[]> {
  const programs = Object.fromEntries(APPLETS.map((name) => [`bin/${name}`, { content: ELF, mode: 0o755 }]));
  const shell = new TestShell({ ...programs, ...(DATA as Record<string, string>) });
  try {
    const { stderr } = await shell.run(script);
    expect(stderr).toBe('');
    // What is on disk counts.
    await shell.reopen();
    const { files, own } = await shell.writable();
    return describeTree((await new LiveLayerMaker().make({ tree: files.tree, own })).tree);
  } finally {
    await shell.close();
  }
}

async function real(script: string): Promise<string[]> {
  const base = mkdtempSync(join(tmpdir(), 'phyllo-overlay-'));
  const [lower, upper, work, merged, disk] = ['lower', 'upper', 'work', 'merged', 'disk'].map((name) =>
    join(base, name),
  ) as [string, string, string, string, string];
  try {
    mkdirSync(disk);
    const inside = `mount -t tmpfs none "${disk}" && cp -a "${lower}" "${disk}/lower" && mkdir "${disk}/upper" "${disk}/work" && mount -t overlay overlay -o "lowerdir=${disk}/lower,upperdir=${disk}/upper,workdir=${disk}/work" "${merged}" && chroot "${merged}" /bin/sh -c "$SCRIPT" && umount "${merged}" && cp -a "${disk}/upper/." "${upper}/"`;
    for (const directory of [lower, upper, work, merged]) mkdirSync(directory);
    await applyLayer(tarOf(DATA), lower);
    mkdirSync(join(lower, 'bin'));
    copyFileSync('/bin/busybox', join(lower, 'bin/busybox'));
    for (const name of APPLETS) symlinkSync('busybox', join(lower, 'bin', name));
    execFileSync('unshare', ['-m', '--propagation', 'private', 'sh', '-c', inside], {
      env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', SCRIPT: `PATH=/bin; umask 022; ${script}` },
      stdio: 'pipe',
    });
    const builder = new LayerTreeBuilder();
    await scanLayerStream(writeTar(readDirectory(upper, { overlay: true })), {
      hashFiles: false,
      onEntry: (entry) => builder.add(entry),
    });
    return describeTree(builder.finish({ uncompressedBytes: 0 }));
  } finally {
    rmSync(base, { recursive: true, force: true });
  }
}

/**
 * A line a node. Opaque marks are left out: overlayfs sets them on every new directory of a merged one. So is the root,
 * which `cp -a` has touched.
 */
function describeTree(tree: LayerTree): string[] {
  const lines: string[] = [];
  for (let node = 1; node < tree.count; node++) {
    const path = Buffer.from(tree.pathBytes(node)).toString('latin1');
    const type = tree.type[node]!;
    if (type === NodeType.whiteout) lines.push(`${path} whiteout`);
    else {
      const size = type === NodeType.file ? tree.sizeBytes[node] : 0;
      const link = Buffer.from(tree.linkBytes(node)).toString('latin1');
      const names = tree.inode.filter((inode) => inode === tree.inode[node]).length;
      lines.push(
        `${path} ${type} ${tree.mode[node]!.toString(8)} ${tree.uid[node]}:${tree.gid[node]} ${size} ${names} ${link}`,
      );
    }
  }
  return lines.sort();
}
