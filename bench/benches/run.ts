// A container from start to end, its layers unpacked: the built program, docker, and the OCI runtime with nothing around it.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { geteuid } from 'node:process';
import { fileURLToPath } from 'node:url';
import { takeTurns } from '../measure.ts';
import { startDocker } from '../docker.ts';
import { quoted, timeNode, timeShell } from '../process.ts';
import { type Row, compareTimes } from '../report.ts';
import { type Bench, type Setting, withStore } from '../setting.ts';

const program = fileURLToPath(new URL('../../bin/phyllo.js', import.meta.url));
const IMAGE = 'phyllo/cow:busybox';
const OURS = '`phyllo run --rm --network none IMAGE true`';
const DOCKER = '`docker run --rm --net=none IMAGE true`';
const CRUN = '`crun run`';
const ROUNDS = 11;

/** The layers of the image in one folder, and the configuration that crun makes up by itself, with `true` to run. */
async function makeBundle(setting: Setting, root: string): Promise<string> {
  const bundle = join(setting.scratch, 'bundle');
  await mkdir(join(bundle, 'rootfs'), { recursive: true });
  await timeNode([program, 'extract', IMAGE, '/', join(bundle, 'rootfs')], { root });
  await timeShell(
    `cd ${quoted(bundle)} && crun spec && sed -i 's/"terminal": true/"terminal": false/; s/"sh"$/"true"/' config.json`,
  );
  return bundle;
}

/** crun refuses machines with both kinds of control groups unless the second is out of sight. */
function crunCommand(bundle: string): string {
  const script = `umount /sys/fs/cgroup/unified 2>/dev/null; cd ${quoted(bundle)} && exec crun run bench`;
  return `unshare -m sh -c ${quoted(script)}`;
}

async function run(setting: Setting): Promise<Row[]> {
  const { tools, scratch } = setting;
  if (geteuid?.() !== 0 || !tools.has('crun', 'unshare')) return [];
  return withStore(setting, async (root) => {
    await timeNode([program, 'samples', 'make', 'cow-busybox'], { root });
    const ours = ['run', '--rm', '--network', 'none', IMAGE, 'true'];
    await timeNode([program, ...ours], { root });
    const bundle = await makeBundle(setting, root);
    const archive = join(scratch, 'run.tar');
    await timeNode([program, 'save', '-o', archive, IMAGE], { root });
    const docker = tools.has('docker', 'dockerd') ? await startDocker(join(scratch, 'docker')) : undefined;
    try {
      if (docker) await timeShell(`${docker.command} load -q -i ${quoted(archive)}`);
      const times = await takeTurns(ROUNDS, [
        { name: OURS, run: () => timeNode([program, ...ours], { root }) },
        { name: CRUN, run: () => timeShell(crunCommand(bundle)) },
        ...(docker
          ? [{ name: DOCKER, run: () => timeShell(`${docker.command} run --rm --net=none ${IMAGE} true`) }]
          : []),
      ]);
      return [
        ...(docker ? [compareTimes(times, { what: OURS, product: OURS, floor: DOCKER, goal: 0.5 })] : []),
        compareTimes(times, { what: OURS, product: OURS, floor: CRUN }),
      ];
    } finally {
      await docker?.stop();
      await writeFile(archive, '');
    }
  });
}

export const runBench: Bench = { name: 'run', run };
