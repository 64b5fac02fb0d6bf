// The layer that a commit makes: applied by others it gives the tree that the container showed.
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readAll } from '../../src/lib/streams.ts';
import { loadNative } from '../../src/lib/native.ts';
import { writeTar } from '../../src/layer/tar-writer.ts';
import { type UpperMembersOptions, upperMembers } from '../../src/snapshot/upper-members.ts';
import { ociImages, writeDirectory } from '../support/image-archives.ts';
import { buildImage, layerOfTar } from '../support/image-build.ts';
import { runner } from '../support/image-engines.ts';
import { treeOfDirectory } from '../support/image-trees.ts';
import { needTool } from '../support/tools.ts';
import { Overlay, canMount } from './live-overlay.ts';

const MAX_BYTES = 256 * 1024 * 1024;
let overlay: Overlay;
beforeEach(() => {
  overlay = new Overlay();
});
afterEach(() => overlay.remove());

async function pathsOf(options: UpperMembersOptions = {}): Promise<string[]> {
  const paths: string[] = [];
  for await (const { header } of upperMembers(overlay.upper, options)) {
    const link = header.type === 'hardlink' ? ` = ${Buffer.from(header.linkname!).toString('latin1')}` : '';
    paths.push(`${Buffer.from(header.path).toString('latin1')}${header.type === 'dir' ? '/' : ''}${link}`);
  }
  return paths;
}

const BASE = `
mkdir -p etc d/sub o old/in gone; echo root >etc/passwd; echo conf >etc/conf; ln -s conf etc/link
echo a >d/a; echo b >d/b; echo c >d/sub/c; echo 1 >o/one; echo 2 >o/two; echo m >old/in/m; echo g >gone/g
head -c 100000 /dev/zero >big; echo f >f2d; mkdir d2f; echo 1 >d2f/1; ln big hard`;
const CHANGES = `
echo more >>big; rm etc/conf; rm -r gone; rm -r o; mkdir o; echo again >o/two; mv old newer; mv d/a d/renamed
chmod 1770 d; chown 5:6 d/sub/c; echo n >'new file'; ln 'new file' d/hard; ln -s /etc/passwd d/out
rm f2d; mkdir f2d; echo i >f2d/in; rm -r d2f; echo f >d2f; mkfifo pipe; mknod tty c 5 1
printf x >"$(printf 'caf\\351')"; mkdir -p n/e/s/t; echo t >n/e/s/t/x; chmod 4755 d/b; touch -d '2001-02-03 04:05:06.789' etc/link
setfattr -n user.note -v hello etc/passwd; rm etc/link; mkdir etc/link; truncate -s 1000000 sparse`;

const canUnpack = canMount && needTool('umoci', 'setfattr');

test.runIf(canUnpack)('umoci unpacks what the container showed', async () => {
  overlay.layer(BASE).upperLayer('echo second >etc/second; rm d/b; echo b2 >d/b; rm -r d2f; mkdir d2f');
  const shown = join(overlay.base, 'shown.tar');
  overlay.inside(`${CHANGES}\ntar --xattrs --xattrs-include='user.*' -cf ${shown} .`);
  const seen = overlay.folder('seen');
  execFileSync('tar', ['--xattrs', '--xattrs-include=user.*', '-C', seen, '-xpf', shown]);

  const layers = [];
  for (const directory of [...overlay.layers, overlay.upper]) {
    layers.push(layerOfTar(await readAll(writeTar(upperMembers(directory)), MAX_BYTES, 'layer')));
  }
  const image = buildImage(layers);
  const layout = writeDirectory(join(overlay.base, 'layout'), ociImages([{ image, names: ['app'] }]));
  const bundle = join(overlay.base, 'bundle');
  await runner('umoci')('unpack', '--image', `${layout}:app`, bundle);
  expect(treeOfDirectory(join(bundle, 'rootfs'))).toEqual(treeOfDirectory(seen));
});

test.runIf(canMount)('whiteouts, opaque marks and links, in one order', async () => {
  overlay.layer(BASE);
  overlay.inside('rm etc/conf; rm -r o; mkdir o; echo 1 >o/.a; echo n >n; ln n etc/again');
  expect(await pathsOf()).toEqual([
    'etc/',
    'etc/again',
    'etc/.wh.conf',
    'n = etc/again',
    'o/',
    'o/.wh..wh..opq',
    'o/.a',
  ]);
});

test.runIf(canMount)("the xattrs of overlayfs stay here, a file's own go along", async () => {
  overlay.layer(BASE);
  overlay.inside('setfattr -n user.note -v hello etc/passwd; echo >>etc/conf');
  const xattrs = new Map<string, string[]>();
  for await (const { header } of upperMembers(overlay.upper)) {
    if (header.xattrs) xattrs.set(Buffer.from(header.path).toString(), [...header.xattrs.keys()]);
  }
  expect([...xattrs]).toEqual([['etc/passwd', ['user.note']]]);
});

test.runIf(canMount)('what was picked is left out, with all below', async () => {
  overlay.layer(BASE);
  overlay.inside('rm etc/conf; mkdir -p tmp/deep; echo 1 >tmp/deep/1; echo 2 >tmp2');
  const exclude = ['tmp', 'etc/conf'].map((path) => Buffer.from(path));
  expect(await pathsOf({ exclude })).toEqual(['etc/', 'tmp2']);
});

test.runIf(canMount)('stubs of the runtime are left out unless something is in them', async () => {
  overlay.layer('mkdir lib');
  overlay.inside(
    'mkdir -p dev proc etc run/x; touch etc/hosts .dockerenv; echo own >etc/resolv.conf; echo 1 >run/x/1',
  );
  const stubs = ['dev', 'proc', 'etc/hosts', 'etc/resolv.conf', '.dockerenv', 'run'].map((path) =>
    Buffer.from(path),
  );
  expect(await pathsOf({ stubs })).toEqual(['etc/', 'etc/resolv.conf', 'run/', 'run/x/', 'run/x/1']);
});

test.runIf(canMount)(
  'directories that came up for stubs alone are left out, unless they changed',
  async () => {
    overlay.layer('mkdir etc etc/ssl; chmod 750 etc');
    const paths = ['etc/hosts', 'etc/ssl/own', 'new/hosts'];
    const options = { stubs: paths.map((path) => Buffer.from(path)), lowers: overlay.lowers };
    overlay.inside('mkdir new; touch etc/hosts etc/ssl/own new/hosts');
    expect(await pathsOf(options)).toEqual([]);
    overlay.inside('chmod 700 etc/ssl');
    expect(await pathsOf(options)).toEqual(['etc/', 'etc/ssl/']);
  },
);

test('names that mean something in a layer, and sockets, are left out and told', async () => {
  for (const name of ['.wh.fake', '.wh..wh..opq', '.wh.dir']) mkdirSync(join(overlay.upper, name));
  const server = createServer().listen(join(overlay.upper, 'socket'));
  await new Promise((ready) => server.once('listening', ready));
  const warnings: string[] = [];
  expect(await pathsOf({ onWarning: (line) => warnings.push(line) })).toEqual([]);
  server.close();
  expect(warnings).toEqual([
    expect.stringMatching(/no way to name it.* and 2 more/),
    expect.stringContaining('/socket'),
  ]);
});

test.runIf(canMount)('an upperdir that is not whole by itself is refused', async () => {
  mkdirSync(join(overlay.upper, 'd'));
  loadNative()!.setXattr(
    Buffer.from(join(overlay.upper, 'd')),
    'trusted.overlay.redirect',
    Buffer.from('/x'),
  );
  await expect(pathsOf()).rejects.toMatchObject({ code: 'unsupported' });
});
