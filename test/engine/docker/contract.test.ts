// The engine contract on a Docker engine, started for it.
import { startDocker } from '../../support/docker-daemon.ts';
import { fixtureOf } from '../../support/docker-fixture.ts';
import { busyboxLayer } from '../../support/engine-images.ts';
import { isRoot } from '../../support/image-engines.ts';
import { needTool } from '../../support/tools.ts';
import { describeEngineContract } from '../contract.ts';

describeEngineContract('docker on Docker', {
  runs: isRoot && needTool('dockerd', 'busybox'),
  // The engine sets a terminal's size only after the start: see terminal.test.ts.
  lacks: ['terminal'],
  base: busyboxLayer,
  makeFixture: () => fixtureOf(startDocker),
});
