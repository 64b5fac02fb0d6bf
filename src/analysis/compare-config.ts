// The settings of two image configs that differ: one entry a variable, label, port; one a list where order counts. Pure.
import type { ExecutionConfig, ImageConfig } from '../oci/config.ts';
import { formatPlatform } from '../oci/platform.ts';

/** Foreign text, not yet safe to show. */
export type ConfigValue = string | readonly string[];

export interface ConfigDifference {
  /** `env.PATH`, `cmd`, `labels.version`, `exposedPorts.80/tcp` … Foreign text behind the point. */
  readonly field: string;
  /** Undefined where that side does not have it. */
  readonly a: ConfigValue | undefined;
  readonly b: ConfigValue | undefined;
}

/** In the order of a Dockerfile's instructions, names of variables and labels sorted. */
export function compareConfigs(
  a: Pick<ImageConfig, 'platform' | 'config'>,
  b: Pick<ImageConfig, 'platform' | 'config'>,
): ConfigDifference[] {
  const left = settings(a);
  const right = settings(b);
  const fields = new Set([...left.keys(), ...right.keys()]);
  return Array.from(fields, (field) => ({ field, a: left.get(field), b: right.get(field) }))
    .filter((pair) => JSON.stringify(pair.a) !== JSON.stringify(pair.b))
    .sort((one, other) => placeOf(one.field) - placeOf(other.field) || (one.field < other.field ? -1 : 1));
}

const ORDER = [
  'platform',
  'user',
  'workingDir',
  'entrypoint',
  'cmd',
  'shell',
  'env',
  'exposedPorts',
  'volumes',
  'stopSignal',
  'healthcheck',
  'onBuild',
  'labels',
];

function placeOf(field: string): number {
  const [group = ''] = field.split('.', 1);
  return ORDER.indexOf(group);
}

function settings({ platform, config }: Pick<ImageConfig, 'platform' | 'config'>): Map<string, ConfigValue> {
  const fields = new Map<string, ConfigValue>([['platform', formatPlatform(platform)]]);
  for (const name of ['user', 'workingDir', 'entrypoint', 'cmd', 'shell', 'stopSignal'] as const) {
    const value = config[name];
    if (value !== undefined) fields.set(name, value);
  }
  for (const [name, value] of keyedSettings(config)) fields.set(name, value);
  if (config.onBuild.length > 0) fields.set('onBuild', config.onBuild);
  return fields;
}

function* keyedSettings(config: ExecutionConfig): Generator<[field: string, value: string]> {
  for (const pair of config.env) {
    const equals = pair.indexOf('=');
    const name = equals < 0 ? pair : pair.slice(0, equals);
    yield [`env.${name}`, equals < 0 ? '' : pair.slice(equals + 1)];
  }
  for (const port of config.exposedPorts) yield [`exposedPorts.${port}`, port];
  for (const volume of config.volumes) yield [`volumes.${volume}`, volume];
  for (const [name, value] of Object.entries(config.labels)) yield [`labels.${name}`, value];
  for (const [name, value] of Object.entries(config.healthcheck ?? {})) {
    yield [`healthcheck.${name}`, typeof value === 'string' ? value : (JSON.stringify(value) ?? '')];
  }
}
