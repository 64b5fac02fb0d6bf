// A Dockerfile of six instructions from start to end, with a file that changes (cold) and with nothing changed (cached):
// the built program, Docker's engine with BuildKit, buildah.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { geteuid } from 'node:process';
import { fileURLToPath } from 'node:url';
import { type BenchDocker, startDocker } from '../docker.ts';
import { type Contender, takeTurns } from '../measure.ts';
import { quoted, timeNode, timeShell } from '../process.ts';
import { type Row, compareTimes } from '../report.ts';
import { type Bench, type Setting, withStore } from '../setting.ts';

const program = fileURLToPath(new URL('../../bin/phyllo.js', import.meta.url));
const BASE = 'phyllo/cow:busybox';
const ROUNDS = 9;
const NAMES = { ours: '`phyllo build`', docker: '`docker build` (BuildKit)', buildah: '`buildah build`' };
const DOCKERFILE = [
  `FROM ${BASE}`,
  'ENV APP=/srv/app',
  'WORKDIR /srv/app',
  'COPY app.sh .',
  'RUN chmod +x app.sh && ./app.sh > out.txt',
  'CMD ["./app.sh"]',
].join('\n');

interface Place {
  readonly context: string;
  readonly root: string;
  readonly docker: BenchDocker;
  /** Options of buildah for a storage of the bench's own; undefined where it is not there. */
  readonly buildah: string | undefined;
}

async function change(context: string): Promise<void> {
  await writeFile(join(context, 'app.sh'), `#!/bin/sh\necho ${performance.now()}\n`);
}

async function prepare({ scratch, tools }: Setting, root: string, docker: BenchDocker): Promise<Place> {
  const context = join(scratch, 'build-context');
  await mkdir(context, { recursive: true });
  await writeFile(join(context, 'Dockerfile'), `${DOCKERFILE}\n`);
  await change(context);
  await timeNode([program, 'samples', 'make', 'cow-busybox'], { root });
  const archive = join(scratch, 'build-base.tar');
  await timeNode([program, 'save', '-o', archive, BASE], { root });
  await timeShell(`${docker.command} load -q -i ${quoted(archive)}`);
  if (!tools.has('buildah')) return { context, root, docker, buildah: undefined };
  const storage = join(scratch, 'buildah');
  const buildah = `--root ${quoted(join(storage, 'root'))} --runroot ${quoted(join(storage, 'run'))} --storage-driver overlay`;
  await timeShell(`buildah ${buildah} pull -q docker-archive:${quoted(archive)}`);
  return { context, root, docker, buildah };
}

/** `prepareRound` goes before each and is not timed. */
function contenders(
  { context, root, docker, buildah }: Place,
  prepareRound: () => Promise<void>,
): Contender[] {
  const place = quoted(context);
  const timed = (name: string, run: () => Promise<number>): Contender => ({
    name,
    run: async () => {
      await prepareRound();
      return run();
    },
  });
  return [
    timed(NAMES.ours, () =>
      timeNode([program, 'build', '-q', '--network', 'none', '-t', 'six', context], { root }),
    ),
    timed(NAMES.docker, () =>
      timeShell(`DOCKER_BUILDKIT=1 ${docker.command} build -q --network none -t six ${place}`),
    ),
    ...(buildah === undefined
      ? []
      : [
          timed(NAMES.buildah, () =>
            timeShell(`buildah ${buildah} bud -q --pull-never --layers --isolation chroot -t six ${place}`),
          ),
        ]),
  ];
}

async function rowsOf(place: Place, what: 'cold' | 'cached', goal: number): Promise<Row[]> {
  const isCold = what === 'cold';
  const all = contenders(place, async () => (isCold ? change(place.context) : undefined));
  for (const { run } of all) await run();
  const times = await takeTurns(ROUNDS, all);
  const title = `build of six instructions, ${isCold ? 'one file changed' : 'all cached'}`;
  return [
    compareTimes(times, { what: title, product: NAMES.ours, floor: NAMES.docker, goal }),
    ...(times.has(NAMES.buildah)
      ? [compareTimes(times, { what: title, product: NAMES.ours, floor: NAMES.buildah })]
      : []),
  ];
}

async function run(setting: Setting): Promise<Row[]> {
  if (geteuid?.() !== 0 || !setting.tools.has('docker', 'dockerd')) return [];
  return withStore(setting, async (root) => {
    const docker = await startDocker(join(setting.scratch, 'docker-build'));
    if (docker === undefined) return [];
    try {
      const place = await prepare(setting, root, docker);
      return [...(await rowsOf(place, 'cold', 1.2)), ...(await rowsOf(place, 'cached', 1.5))];
    } finally {
      await docker.stop();
    }
  });
}

export const buildBench: Bench = { name: 'build', run };
