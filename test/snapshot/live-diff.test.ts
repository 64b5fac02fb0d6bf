// The rows of docker diff, compared with docker on its own overlay.
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { dockerDiff } from '../../src/snapshot/live-diff.ts';
import { readUpper } from '../../src/snapshot/upper.ts';
import { startDockerd } from '../support/image-engines.ts';
import { needTool } from '../support/tools.ts';
import { Overlay, canMount } from './live-overlay.ts';

let overlay: Overlay;
beforeEach(() => {
  overlay = new Overlay();
});
afterEach(() => overlay.remove());

/** docker looks at whole seconds: what is replaced by something as long must be older, however quick all is. */
const BASE = `
mkdir -p bin d/sub e keep o touched chm tt d2f deep/a/b
echo a >d/a; echo b >d/b; echo c >d/sub/c; echo f >e/f; echo k >keep/k; echo 1 >o/old; echo 2 >o/both
ln -s a d/l; echo 1 >tt/1; echo x >f2d; echo 1 >d2f/1; echo z >deep/a/b/z
touch -h -d 2020-01-01 d/a d/l e o/both tt chm touched`;
const CHANGES = `
touch d/a; echo n >d/new; rm d/b; rm -r e; chmod 700 chm; touch touched; mkdir n; echo 1 >n/1
rm -r o; mkdir o; echo 2 >o/both; echo 3 >o/fresh; rm f2d; mkdir f2d; echo i >f2d/in; rm -r d2f; echo f >d2f
mv keep/k keep/k2; chmod 600 tt/1; echo t >tt/x; rm tt/x; ln d/a d/hard; echo z >>deep/a/b/z; ln -sf b d/l`;

async function ours(): Promise<string[]> {
  const live = await readUpper(overlay.upper, { lowers: overlay.lowers });
  return dockerDiff(await overlay.stack(live), live).map(
    ({ kind, path }) => `${kind} /${Buffer.from(path).toString('latin1')}`,
  );
}

test.runIf(canMount)(
  'directories are told of for what is in them, deleted ones by themselves alone',
  async () => {
    overlay.layer(BASE);
    overlay.inside(CHANGES);
    expect(await ours()).toEqual([
      'C /chm',
      'C /d',
      'C /d/a',
      'D /d/b',
      'A /d/hard',
      'C /d/l',
      'A /d/new',
      'C /d2f',
      'C /deep',
      'C /deep/a',
      'C /deep/a/b',
      'C /deep/a/b/z',
      'D /e',
      'C /f2d',
      'A /f2d/in',
      'C /keep',
      'D /keep/k',
      'A /keep/k2',
      'A /n',
      'A /n/1',
      'C /o',
      'C /o/both',
      'A /o/fresh',
      'D /o/old',
      'C /tt',
      'C /tt/1',
    ]);
  },
);

const canCompare = canMount && needTool('dockerd', 'busybox');

test.runIf(canCompare)('docker says the same', async () => {
  overlay.layer(`${BASE}\ncp "$(command -v busybox)" bin/busybox; ./bin/busybox --install -s bin; mkdir etc dev proc sys
    touch etc/hosts etc/hostname etc/resolv.conf`);
  const folder = join(overlay.base, 'docker');
  mkdirSync(folder);
  const daemon = await startDockerd(folder);
  // Skipped with a word about it where docker cannot start.
  if (daemon === undefined) return;
  try {
    const archive = join(overlay.base, 'rootfs.tar');
    execFileSync('tar', ['-C', overlay.layers[0]!, '-cf', archive, '.']);
    await daemon.docker('import', archive, 'base');
    const script = `cd /;${CHANGES}`;
    await daemon.docker('run', '--net=none', '--name', 'one', 'base', '/bin/busybox', 'sh', '-euc', script);
    const theirs = (await daemon.docker('diff', 'one')).split('\n').filter(Boolean);
    overlay.inside(CHANGES);
    const bytes = (line: string): string => line.slice(2);
    expect(await ours()).toEqual(theirs.toSorted((a, b) => (bytes(a) < bytes(b) ? -1 : 1)));
  } finally {
    await daemon.stop();
  }
});
