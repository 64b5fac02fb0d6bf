// Opening a docker-archive that was never seen before, in a fresh process: headers alone, and with every digest.
import type { OpenAnswer } from '../children/open.ts';
import type { InputImage } from '../image/inputs.ts';
import { type Contender, median, takeTurns } from '../measure.ts';
import { bytesAt, quoted, runChild, timeShell } from '../process.ts';
import { type Row, compareTimes, figureRow } from '../report.ts';
import { type Bench, type Setting, inputOf } from '../setting.ts';
import { memoryRow, openContender } from './open-contender.ts';

const HEADERS = 'docker-archive, names and sizes';
const DIGESTS = 'docker-archive, with digests';
const TAR = '`tar tf` of each layer';
const NODE_HASH = "Node's own sha256";

async function run(setting: Setting): Promise<Row[]> {
  const input = inputOf(setting, 'docker');
  if (!input) return [];
  const headers: OpenAnswer[] = [];
  const digests: OpenAnswer[] = [];
  const times = await takeTurns(setting.rounds, [
    openContender(setting, { name: HEADERS, input, how: 'headers', answers: headers }),
    openContender(setting, { name: DIGESTS, input, how: 'exact', answers: digests }),
    ...floors(setting, input),
  ]);
  const row = (product: string, floor: string, goal?: number): Row[] =>
    times.has(floor) ? [compareTimes(times, { what: product, product, floor, goal })] : [];
  return [
    layerListRow(headers),
    ...row(HEADERS, '`cat`', 2.5),
    ...row(HEADERS, TAR, 0.35),
    ...row(HEADERS, sha256sum(setting)),
    ...row(HEADERS, openssl(setting)),
    ...row(HEADERS, NODE_HASH),
    ...row(DIGESTS, sha256sum(setting), 0.8),
    ...row(DIGESTS, openssl(setting)),
    ...row(DIGESTS, NODE_HASH),
    memoryRow(HEADERS, input, headers),
    memoryRow(DIGESTS, input, digests),
  ];
}

function sha256sum({ tools }: Setting): string {
  return `\`sha256sum\` (${tools.describe('sha256sum')})`;
}

function openssl({ tools }: Setting): string {
  return `\`openssl dgst -sha256\` (${tools.describe('openssl')})`;
}

function floors(setting: Setting, { path, layers }: InputImage): Contender[] {
  const { tools, bundle } = setting;
  const file = quoted(path);
  const listed = layers.map((layer) => `${bytesAt(layer)} | tar tf - > /dev/null`).join('; ');
  const shell = (name: string, script: string): Contender => ({ name, run: () => timeShell(script) });
  return [
    ...(tools.has('cat') ? [shell('`cat`', `cat ${file} > /dev/null`)] : []),
    ...(tools.has('tar') ? [shell(TAR, listed)] : []),
    ...(tools.has('sha256sum') ? [shell(sha256sum(setting), `sha256sum ${file}`)] : []),
    ...(tools.has('openssl') ? [shell(openssl(setting), `openssl dgst -sha256 ${file}`)] : []),
    { name: NODE_HASH, run: async () => (await runChild(bundle.pathOf('hash'), [path])).wallMs },
  ];
}

function layerListRow(answers: readonly OpenAnswer[]): Row {
  const { entries } = answers[0]!;
  const stackMs = Math.round(median(answers.map((answer) => answer.stackMs)));
  return figureRow({
    what: 'docker-archive, layer list (inside the process)',
    value: median(answers.map(({ layersMs }) => layersMs)),
    unit: 'ms',
    beside: `tree of ${entries.toLocaleString('en')} entries: ${stackMs} ms`,
  });
}

export const openBench: Bench = { name: 'open', run };
