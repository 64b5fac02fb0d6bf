// The engine contract on Podman's service, started for it.
import { startPodman } from '../../support/docker-daemon.ts';
import { fixtureOf } from '../../support/docker-fixture.ts';
import { busyboxLayer } from '../../support/engine-images.ts';
import { isRoot } from '../../support/image-engines.ts';
import { needTool } from '../../support/tools.ts';
import { describeEngineContract } from '../contract.ts';

describeEngineContract('docker on Podman', {
  runs: isRoot && needTool('podman', 'runc', 'busybox'),
  // The engine sets a terminal's size only after the start: see terminal.test.ts.
  lacks: ['terminal'],
  base: busyboxLayer,
  makeFixture: () => fixtureOf(startPodman),
});
