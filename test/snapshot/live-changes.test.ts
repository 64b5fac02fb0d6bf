// What a container did, over real overlays.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { liveChanges, liveTotals } from '../../src/snapshot/live-changes.ts';
import { readUpper } from '../../src/snapshot/upper.ts';
import { Overlay, canMount, changeLines, treeLines } from './live-overlay.ts';

let overlay: Overlay;
beforeEach(() => {
  overlay = new Overlay();
});
afterEach(() => overlay.remove());

const BASE = `
mkdir -p etc lib/deep o old/sub
echo root >etc/passwd; echo conf >etc/conf; ln -s conf etc/link
head -c 100000 /dev/zero >lib/big; echo x >lib/deep/x
echo 1 >o/one; echo 22 >o/two
echo moved >old/file; echo moved too >old/sub/file
touch -d '2020-01-02 03:04:05.123456789' old/file old/sub/file lib/big etc/conf
`;

async function changesAfter(script: string): Promise<string[]> {
  overlay.inside(script);
  const live = await readUpper(overlay.upper, { lowers: overlay.lowers });
  return changeLines(liveChanges(await overlay.stack(live), live));
}

test.runIf(canMount)('a file is added, and its new directories are too', async () => {
  overlay.layer(BASE);
  expect(await changesAfter('mkdir -p new/deep; echo hello >new/deep/file; echo n >etc/new')).toEqual([
    'add new 0/0',
    'add etc/new 2/2',
    'add new/deep 0/0',
    'add new/deep/file 6/6',
  ]);
});

test.runIf(canMount)('an append copies all and changes little', async () => {
  overlay.layer(BASE);
  expect(await changesAfter('echo more >>lib/big')).toEqual(['copy-up lib/big 5/100005 from 0 (write)']);
});

test.runIf(canMount)('a byte in the middle changes one block', async () => {
  overlay.layer(BASE);
  const write = 'printf x | dd of=lib/big bs=1 seek=50000 conv=notrunc status=none';
  expect(await changesAfter(write)).toEqual(['copy-up lib/big 4096/100000 from 0 (write)']);
});

test.runIf(canMount)('a change of attributes copies everything for nothing', async () => {
  overlay.layer(BASE);
  expect(
    await changesAfter('chmod 600 lib/big; touch etc/passwd; chown -h 7:7 etc/link; chmod 700 lib'),
  ).toEqual([
    'copy-up lib 0/0 from 0 (metadata)',
    'copy-up etc/link 0/0 from 0 (metadata)',
    'copy-up etc/passwd 0/5 from 0 (metadata)',
    'copy-up lib/big 0/100000 from 0 (metadata)',
  ]);
});

test.runIf(canMount)('what is removed is hidden, and told is from which layer', async () => {
  overlay.layer(BASE).upperLayer('echo later >etc/later; rm etc/conf');
  expect(await changesAfter('rm etc/later; rm -r o; rm etc/passwd')).toEqual([
    'whiteout o 0/0 hides 5 from 0',
    'whiteout etc/later 0/0 hides 6 from 1',
    'whiteout etc/passwd 0/0 hides 5 from 0',
  ]);
});

test.runIf(canMount)('a directory that was removed and made anew is opaque', async () => {
  overlay.layer(BASE);
  expect(await changesAfter('rm -r o; mkdir o; echo again >o/two; echo three >o/three')).toEqual([
    'opaque o 0/0 hides 5 from 0',
    'add o/three 6/6',
    'copy-up o/two 6/6 from 0 (write)',
  ]);
});

test.runIf(canMount)('a moved file is known, and so is a moved directory', async () => {
  overlay.layer(BASE);
  expect(await changesAfter('mv etc/conf etc/conf.bak; mv old newer')).toEqual(
    [
      'rename newer 0/0 was old from 0',
      'whiteout old 0/0 hides 16 from 0',
      'whiteout etc/conf 0/0 hides 5 from 0',
      'rename etc/conf.bak 0/5 was etc/conf from 0',
      'rename newer/file 0/6 was old/file from 0',
      'add newer/sub 0/0',
      'rename newer/sub/file 0/10 was old/sub/file from 0',
    ].map((line) => line.replace('add newer/sub 0/0', 'rename newer/sub 0/0 was old/sub from 0')),
  );
});

test.runIf(canMount)('a file of the same size, time and owner but other content was not moved', async () => {
  overlay.layer(BASE);
  const lines = await changesAfter('printf CONF\\\\n >etc/other; touch -r etc/conf etc/other; rm etc/conf');
  expect(lines).toEqual(['whiteout etc/conf 0/0 hides 5 from 0', 'add etc/other 5/5']);
});

test.runIf(canMount)('a directory in the place of a file, a file in the place of a directory', async () => {
  overlay.layer(BASE);
  expect(await changesAfter('rm etc/conf; mkdir etc/conf; echo i >etc/conf/in; rm -r o; echo f >o')).toEqual([
    'add o 2/2 from 0',
    'add etc/conf 0/0 from 0',
    'add etc/conf/in 2/2',
  ]);
});

test.runIf(canMount)('names of one file count once', async () => {
  overlay.layer(BASE);
  expect(await changesAfter('ln lib/big lib/again; echo n >a; ln a b')).toEqual([
    'add a 2/2',
    'add b 0/0',
    'add lib/again 100000/100000',
    'copy-up lib/big 0/0 from 0 (metadata)',
  ]);
});

test.runIf(canMount)('sums tell what was copied for nothing', async () => {
  overlay.layer(BASE);
  overlay.inside('echo more >>lib/big; rm o/one; echo n >n');
  const live = await readUpper(overlay.upper, { lowers: overlay.lowers });
  expect(liveTotals(liveChanges(await overlay.stack(live), live))).toEqual({
    added: 1,
    copiedUp: 1,
    whiteouts: 1,
    sizeBytes: 100_007,
    changedBytes: 7,
    unchangedBytes: 100_000,
  });
});

test.runIf(canMount)('what the runtime made for itself is left out for as long as it is a stub', async () => {
  overlay.layer('mkdir lib');
  overlay.inside('mkdir -p etc dev proc; touch etc/hosts etc/hostname .dockerenv; echo own >etc/resolv.conf');
  const exclude = ['dev', 'proc', 'etc/hosts', 'etc/hostname', 'etc/resolv.conf', '.dockerenv'].map((path) =>
    Buffer.from(path),
  );
  const options = { lowers: overlay.lowers, exclude };
  expect(treeLines(await readUpper(overlay.upper, options))).toEqual(['etc/', 'etc/resolv.conf']);
  overlay.inside('rm etc/resolv.conf');
  expect(treeLines(await readUpper(overlay.upper, options))).toEqual([]);
});

test.runIf(canMount)(
  'a directory of the image that only holds such stubs is none of its changes until it is one',
  async () => {
    overlay.layer('mkdir -p etc run/lock; chmod 750 run');
    overlay.inside('touch etc/hosts etc/hostname; mkdir run/lock/volume');
    const exclude = ['etc/hosts', 'etc/hostname', 'run/lock/volume'].map((path) => Buffer.from(path));
    const options = { lowers: overlay.lowers, exclude };
    expect(treeLines(await readUpper(overlay.upper, options))).toEqual([]);
    overlay.inside('chmod 700 etc; chown 1:1 run');
    expect(treeLines(await readUpper(overlay.upper, options))).toEqual(['etc/', 'run/']);
  },
);

test.runIf(canMount)('sockets, odd names, links and devices are read as they are', async () => {
  overlay.layer(BASE);
  overlay.inside(`
    node -e 'require("net").createServer().listen("socket",()=>process.exit())'
    printf x >"$(printf 'caf\\351')"; printf x >"$(printf 'new\\nline')"; printf x >'.wh.fake'
    ln -s /etc/passwd out; mkfifo pipe; mknod tty c 5 0`);
  const live = await readUpper(overlay.upper, { lowers: overlay.lowers });
  expect(treeLines(live)).toEqual(['.wh.fake', 'caf\xe9', 'new\nline', 'out', 'pipe', 'tty']);
  expect(live.tree.device(live.tree.find(Buffer.from('tty')))).toEqual([5, 0]);
});
