// The linux engine keeps the contract of all engines, with every program that can run its containers.
import { geteuid } from 'node:process';
import { busyboxLayer } from '../../support/engine-images.ts';
import { canRun, linuxFixture } from '../../support/linux-engines.ts';
import { describeEngineContract } from '../contract.ts';

// As another user than root only what is known to work rootless wherever there are subordinate users.
const kinds =
  geteuid?.() === 0 ? (['crun', 'runc', 'util-linux'] as const) : (['runc', 'util-linux'] as const);

for (const kind of kinds) {
  describeEngineContract(`linux with ${kind}`, {
    runs: canRun(kind),
    base: busyboxLayer,
    makeFixture: () => linuxFixture(kind),
  });
}
