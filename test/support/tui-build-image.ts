// The images of a build that a test plays: after each step one more layer, row of history, or setting.
import type { BuildStep } from '../../src/build/build.ts';
import type { Instruction } from '../../src/dockerfile/instruction.ts';
import { parseConfig } from '../../src/oci/config.ts';
import { type Digest, digestOf } from '../../src/oci/digest.ts';
import type { ResolvedImage } from '../../src/oci/image.ts';
import type { LayerTree } from '../../src/tree/layer-tree.ts';
import { type LayerSpec, layer } from './layers.ts';

/** What the base of every stage holds. */
export const BASE_LAYER: LayerSpec = {
  'etc/': {},
  'etc/passwd': 'root:x:0:0\n',
  'usr/': {},
  'usr/base': 'b',
};

interface Config {
  readonly Env: readonly string[];
  readonly User?: string;
  readonly WorkingDir?: string;
  readonly Cmd?: readonly string[];
}

export interface PlayedImage {
  readonly resolved: ResolvedImage;
  readonly config: Config;
  readonly trees: readonly LayerTree[];
  readonly history: readonly { readonly created_by: string; readonly empty_layer?: true }[];
}

/** `before` is the one below in its stage; `own` the layer that the step makes, where it is not the usual one. */
export function imageAfter(
  step: BuildStep,
  before: PlayedImage | undefined,
  own: LayerSpec | undefined = layerOf(step),
): PlayedImage {
  const { instruction } = step;
  const trees = [...(before?.trees ?? []), ...(own ? [layer(own)] : [])];
  const row = { created_by: instruction.text, ...(!own && { empty_layer: true as const }) };
  const history = [...(before?.history ?? []), row];
  const config = configAfter(before?.config ?? { Env: ['PATH=/bin'] }, instruction);
  const configData = Buffer.from(
    JSON.stringify({
      architecture: 'amd64',
      os: 'linux',
      config,
      rootfs: { type: 'layers', diff_ids: diffIDsOf(before, own, step) },
      history: history.map((entry) => ({ ...entry, created: '2026-11-25T11:00:00Z' })),
    }),
  );
  const resolved = { id: digestOf(configData), config: parseConfig(configData), configData };
  return { resolved: resolved as unknown as ResolvedImage, config, trees, history };
}

/** By default whatever may write writes one file. */
function layerOf({ id, instruction: { keyword } }: BuildStep): LayerSpec | undefined {
  if (keyword === 'FROM') return BASE_LAYER;
  return keyword === 'RUN' || keyword === 'COPY' ? { 'srv/': {}, [`srv/step-${id}`]: id } : undefined;
}

function diffIDsOf(
  before: PlayedImage | undefined,
  own: LayerSpec | undefined,
  { stage }: BuildStep,
): Digest[] {
  const below = before?.resolved.config.diffIDs ?? [];
  if (!own) return [...below];
  return [...below, digestOf(Buffer.from(`${stage} ${below.length} ${JSON.stringify(own)}`))];
}

function configAfter(config: Config, instruction: Instruction): Config {
  switch (instruction.keyword) {
    case 'ENV': {
      const names = new Set(instruction.pairs.map(({ key }) => key));
      const others = config.Env.filter((pair) => !names.has(pair.slice(0, pair.indexOf('='))));
      return { ...config, Env: [...others, ...instruction.pairs.map(({ key, value }) => `${key}=${value}`)] };
    }
    case 'USER':
      return { ...config, User: instruction.value };
    case 'WORKDIR':
      return { ...config, WorkingDir: instruction.value };
    case 'CMD':
      return {
        ...config,
        Cmd: instruction.command.form === 'exec' ? instruction.command.argv : [instruction.command.script],
      };
    default:
      return config;
  }
}
