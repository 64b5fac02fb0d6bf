// The walls around a container without an OCI runtime.
import { getuid } from 'node:process';
import { describe } from 'vitest';
import { describeRuntime } from '../../support/runtime-contract.ts';
import { needTool } from '../../support/tools.ts';

const isRoot = getuid?.() === 0;

describe.runIf(isRoot && needTool('unshare', 'nsenter', 'setpriv', 'busybox'))('util-linux', () => {
  describeRuntime('util-linux', false);
});
