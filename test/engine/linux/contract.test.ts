// The linux engine keeps the contract of all engines, with every program that can run its containers.
import { busyboxLayer } from '../../support/engine-images.ts';
import { canRun, linuxFixture } from '../../support/linux-engines.ts';
import { describeEngineContract } from '../contract.ts';

for (const kind of ['crun', 'runc'] as const) {
  describeEngineContract(`linux with ${kind}`, {
    runs: canRun(kind),
    base: busyboxLayer,
    makeFixture: () => linuxFixture(kind),
  });
}
