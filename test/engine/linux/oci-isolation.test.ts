// The walls around a container that an OCI runtime makes.
import { getuid } from 'node:process';
import { describe } from 'vitest';
import { describeKeptFilter, describeRuntime } from '../../support/runtime-contract.ts';
import { needTool } from '../../support/tools.ts';

const isRoot = getuid?.() === 0;

for (const runtime of ['crun', 'runc'] as const) {
  describe.runIf(isRoot && needTool(runtime, 'unshare', 'busybox'))(`walls of ${runtime}`, () => {
    describeRuntime(runtime, true);
    if (runtime === 'crun') describeKeptFilter();
  });
}
