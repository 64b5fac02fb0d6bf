// Push to and pull from a registry on this machine, beside skopeo.
import { rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { RegistryAnswer } from '../children/registry.ts';
import { type InputImage } from '../image/inputs.ts';
import { median, takeTurns } from '../measure.ts';
import { quoted, runChild, timeShell } from '../process.ts';
import { withRegistry } from '../registry.ts';
import { type Row, compareTimes, figureRow } from '../report.ts';
import { type Bench, type Setting, inputOf, withStore } from '../setting.ts';

const PUSH = 'push of a gzip image to a registry on this machine';
const PULL = 'pull of it (inflated, verified, indexed, durable)';
const REPOSITORY = 'bench/image:1';
/** skopeo neither looks into the layers that it pulls nor waits for the disk. */
const NAMES = {
  push: '`skopeo copy oci: docker://`',
  pull: '`skopeo copy docker:// oci:`',
  verify: 'the same, then `gzip -dc | sha256sum` of each layer',
} as const;
const GOALS = { push: 1.5, verify: 1 } as const;

interface Parts {
  readonly setting: Setting;
  readonly input: InputImage;
  /** A store that has the image. */
  readonly stored: string;
  readonly peaks: { push: number[]; pull: number[] };
}

/** A registry for each: what one has pushed the other need not push again. */
function push({ setting, input, stored, peaks }: Parts, who: 'ours' | 'theirs'): () => Promise<number> {
  return () =>
    withRegistry(setting.scratch, async (host) => {
      const name = `${host}/${REPOSITORY}`;
      if (who === 'theirs') return timeShell(skopeo(`oci:${input.path}`, `docker://${name}`));
      return move(setting, 'push', name, stored, peaks.push);
    });
}

async function move(
  { bundle }: Setting,
  verb: 'push' | 'pull',
  name: string,
  root: string,
  peaks: number[],
): Promise<number> {
  const found = await runChild<RegistryAnswer>(bundle.pathOf('registry'), [verb, name, root], { root });
  peaks.push(found.maxRssBytes);
  return found.wallMs;
}

function skopeo(from: string, to: string): string {
  const flags = ['--dest-tls-verify=false', '--src-tls-verify=false', '--insecure-policy'];
  return `skopeo copy -q ${flags.join(' ')} ${quoted(from)} ${quoted(to)}`;
}

async function timeOnce(script: string, output: string): Promise<number> {
  const ms = await timeShell(script);
  await rm(output, { recursive: true, force: true });
  return ms;
}

function looked({ layers }: InputImage, output: string): string {
  const blobs = layers.map(({ path }) => quoted(join(output, 'blobs/sha256', basename(path))));
  return `for f in ${blobs.join(' ')}; do gzip -dc $f | sha256sum > ${quoted(`${output}.sums`)}; done`;
}

async function measure(parts: Parts): Promise<Row[]> {
  const { setting, input, peaks } = parts;
  const output = join(setting.scratch, 'pulled');
  const pushed = await takeTurns(setting.rounds, [
    { name: PUSH, run: push(parts, 'ours') },
    { name: NAMES.push, run: push(parts, 'theirs') },
  ]);
  const pulled = await withRegistry(setting.scratch, async (host) => {
    const name = `${host}/${REPOSITORY}`;
    await timeShell(skopeo(`oci:${input.path}`, `docker://${name}`));
    return takeTurns(setting.rounds, [
      { name: PULL, run: () => withStore(setting, (root) => move(setting, 'pull', name, root, peaks.pull)) },
      { name: NAMES.pull, run: () => timeOnce(skopeo(`docker://${name}`, `oci:${output}:x`), output) },
      {
        name: NAMES.verify,
        run: () =>
          timeOnce(`${skopeo(`docker://${name}`, `oci:${output}:x`)}; ${looked(input, output)}`, output),
      },
    ]);
  });
  return [
    compareTimes(pushed, { what: PUSH, product: PUSH, floor: NAMES.push, goal: GOALS.push }),
    compareTimes(pulled, { what: PULL, product: PULL, floor: NAMES.pull }),
    compareTimes(pulled, { what: PULL, product: PULL, floor: NAMES.verify, goal: GOALS.verify }),
    figureRow({ what: 'most memory of a push', value: median(peaks.push), unit: 'bytes' }),
    figureRow({ what: 'most memory of a pull', value: median(peaks.pull), unit: 'bytes' }),
  ];
}

async function run(setting: Setting): Promise<Row[]> {
  const input = inputOf(setting, 'gzip');
  if (!input || !setting.tools.has('docker-registry', 'skopeo', 'gzip', 'sha256sum')) return [];
  return withStore(setting, async (stored) => {
    await runChild(setting.bundle.pathOf('transfer'), ['load', input.path, '', stored], { root: stored });
    return measure({ setting, input, stored, peaks: { push: [], pull: [] } });
  });
}

export const registryBench: Bench = { name: 'registry', run };
