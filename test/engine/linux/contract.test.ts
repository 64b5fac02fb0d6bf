// The linux engine keeps the contract of all engines, with every program that can run its containers.
import { env, geteuid } from 'node:process';
import { busyboxLayer } from '../../support/engine-images.ts';
import { canRun, linuxFixture } from '../../support/linux-engines.ts';
import { describeEngineContract } from '../contract.ts';
import { ROOTLESS_CASES, RUNTIME_CASES, type Subset } from '../contract-subset.ts';

const isRoot = geteuid?.() === 0;
// As another user than root only what is known to work rootless wherever there are subordinate users.
const kinds = isRoot ? (['crun', 'runc', 'util-linux'] as const) : (['runc', 'util-linux'] as const);

/** One of them has every case; PHYLLO_TEST_WHOLE asks for all of all. */
function subsetOf(kind: (typeof kinds)[number]): Subset | undefined {
  if (kind === 'crun' || env['PHYLLO_TEST_WHOLE'] !== undefined) return undefined;
  return isRoot ? RUNTIME_CASES : ROOTLESS_CASES;
}

for (const kind of kinds) {
  const subset = subsetOf(kind);
  describeEngineContract(`linux with ${kind}`, {
    runs: canRun(kind),
    ...(subset && { subset }),
    base: busyboxLayer,
    makeFixture: () => linuxFixture(kind),
  });
}
