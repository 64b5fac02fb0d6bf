// The engine contract on Podman's service, started for it. It answers in Docker's words, more slowly: docker/contract.test.ts
// has every case, this one those that Podman's own engine decides, where the whole is asked for, as in CI.
import { env } from 'node:process';
import { startPodman } from '../../support/docker-daemon.ts';
import { fixtureOf } from '../../support/docker-fixture.ts';
import { busyboxLayer } from '../../support/engine-images.ts';
import { isRoot } from '../../support/image-engines.ts';
import { needTool } from '../../support/tools.ts';
import { describeEngineContract } from '../contract.ts';
import { SMOKE_CASES } from '../contract-subset.ts';

describeEngineContract('docker on Podman', {
  runs: env['PHYLLO_TEST_WHOLE'] !== undefined && isRoot && needTool('podman', 'runc', 'busybox'),
  // The engine sets a terminal's size only after the start: see terminal.test.ts.
  lacks: ['terminal'],
  subset: SMOKE_CASES,
  base: busyboxLayer,
  makeFixture: () => fixtureOf(startPodman),
});
