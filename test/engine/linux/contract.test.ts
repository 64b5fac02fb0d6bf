// The linux engine keeps the contract of all engines, with every program that can run its containers.
import { env, geteuid } from 'node:process';
import { busyboxLayer } from '../../support/engine-images.ts';
import { canRun, linuxFixture } from '../../support/linux-engines.ts';
import { describeEngineContract } from '../contract.ts';
import { ROOTLESS_CASES, RUNTIME_CASES, type Subset } from '../contract-subset.ts';

const isRoot = geteuid?.() === 0;
// As another user than root only what is known to work rootless wherever there are subordinate users.
const kinds = isRoot ? (['crun', 'runc', 'util-linux'] as const) : (['runc', 'util-linux'] as const);

const isWhole = env['PHYLLO_TEST_WHOLE'] !== undefined;

/** Root's first one has every case; the others say little more, and are tried where the whole is asked for, as in CI. */
function subsetOf(kind: (typeof kinds)[number]): Subset | undefined {
  if (!isRoot) return ROOTLESS_CASES;
  return kind === 'crun' ? undefined : RUNTIME_CASES;
}

for (const kind of kinds.slice(0, isWhole || !isRoot ? kinds.length : 1)) {
  const subset = subsetOf(kind);
  describeEngineContract(`linux with ${kind}`, {
    runs: canRun(kind),
    ...(subset && { subset }),
    base: busyboxLayer,
    makeFixture: () => linuxFixture(kind),
  });
}
