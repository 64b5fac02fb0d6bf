// What holds for every engine. `describeEngineContract` makes tests of it for one of them.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe } from 'vitest';
import type { Engine, RunImage } from '../../src/engine/engine.ts';
import { type BuiltLayer, buildLayer } from '../support/image-build.ts';
import { type RunImageFacts, runImageOf } from '../support/engine-images.ts';
import type { Layer } from '../layer/apply-fixtures.ts';
import { describeChanges } from './contract-changes.ts';
import { describeFiles } from './contract-files.ts';
import { describeLifecycle } from './contract-lifecycle.ts';
import { describeProcesses } from './contract-processes.ts';
import { describeStreams } from './contract-streams.ts';
import { Cases, type Subset } from './contract-subset.ts';

/** What an engine cannot do by its nature; everything else is tested. */
export type Lack =
  /** Terminals. */
  | 'terminal'
  /** Other users than root, and owners of files. */
  | 'users'
  /** Programs that handle signals. */
  | 'signals'
  /** `attach` to a container that runs already. */
  | 'attach'
  /** A read-only root. */
  | 'read-only';

export interface EngineFixture {
  readonly engine: Engine;
  close(): Promise<void>;
}

export interface EngineContract {
  /** Whether it works on this machine: `test.runIf` for all. Default: true. */
  readonly runs?: boolean;
  readonly lacks?: readonly Lack[];
  /** Default: everything. */
  readonly subset?: Subset;
  /** The layer with programs: `busyboxLayer`, or one of text where no program of an image is run. */
  readonly base: () => Promise<BuiltLayer>;
  readonly makeFixture: () => Promise<EngineFixture>;
}

/** What the tests of the contract work with. */
export interface Subject {
  readonly engine: () => Engine;
  /** The image that all tests know: see `CONTENT`. */
  readonly image: () => RunImage;
  readonly lacks: (lack: Lack) => boolean;
  /** In place of `describe` and `test`: they know which cases are wanted. */
  readonly group: Cases['group'];
  readonly test: Cases['test'];
}

/** Above the base. */
const CONTENT: Layer = {
  'etc/': {},
  'etc/passwd': 'root:x:0:0:root:/root:/bin/sh\napp:x:1000:1000:App:/home/app:/bin/sh\n',
  'etc/group': 'root:x:0:\napp:x:1000:\nextra:x:50:app\n',
  'etc/motd': 'hello\n',
  'home/': {},
  'home/app/': { uid: 1000, gid: 1000 },
  'data/': { mode: 0o777 },
  'data/keep': 'k'.repeat(9000),
  'data/dir/': {},
  'data/dir/a': 'a\n',
  'data/dir/b': 'b\n',
  'data/link': { link: 'dir/a' },
  'data/bytes': '\u0000\u0001\u00ff\n',
};
const UPPER: Layer = { 'data/dir/c': 'c\n', 'data/old/': {}, 'data/old/f': 'f\n' };
const FACTS: RunImageFacts = { config: { Env: ['PATH=/bin:/usr/bin', 'COLOUR=blue'], Cmd: ['sh'] } };

export function describeEngineContract(name: string, contract: EngineContract): void {
  describe.runIf(contract.runs ?? true)(`${name}: the engine contract`, { timeout: 60_000 }, () => {
    let folder = '';
    let fixture: EngineFixture | undefined;
    let image: RunImage | undefined;
    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), 'phyllo-contract-'));
      const layers = [await contract.base(), await buildLayer(CONTENT), await buildLayer(UPPER)];
      image = await runImageOf(folder, layers, FACTS);
      fixture = await contract.makeFixture();
    }, 120_000);
    afterAll(async () => {
      await fixture?.close();
      rmSync(folder, { recursive: true, force: true });
    });
    const cases = new Cases(contract.subset);
    const subject: Subject = {
      engine: () => fixture!.engine,
      image: () => image!,
      lacks: (lack) => contract.lacks?.includes(lack) ?? false,
      group: cases.group,
      test: cases.test,
    };
    describeLifecycle(subject);
    describeProcesses(subject);
    describeStreams(subject);
    describeChanges(subject);
    describeFiles(subject);
    afterAll(() => cases.end());
  });
}
