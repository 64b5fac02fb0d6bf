// `--change`: the Dockerfile instructions that alter an image's configuration, as docker import and commit take them.
import { PhylloError } from '../lib/errors.ts';
import { safeText } from '../lib/text.ts';
import { type JsonObject, isJsonObject, stringList } from '../oci/json.ts';

/** The config with each instruction applied in turn. Throws `invalid-argument` for one that is not understood. */
export function applyConfigChanges(config: JsonObject, changes: readonly string[]): JsonObject {
  return changes.reduce((changed, text) => ({ ...changed, ...changeOf(changed, text) }), config);
}

function changeOf(config: JsonObject, text: string): JsonObject {
  const [, word = '', rest = ''] = /^\s*([A-Za-z]+)\s*([^]*?)\s*$/.exec(text) ?? [];
  const instruction = word.toUpperCase();
  if (rest === '') throw invalid(text, 'it has no value');
  switch (instruction) {
    case 'CMD':
      return { Cmd: command(rest) };
    case 'ENTRYPOINT':
      return { Entrypoint: command(rest) };
    case 'ENV':
      return { Env: [...withoutNames(stringList(config['Env']), pairs(rest, text)), ...pairs(rest, text)] };
    case 'LABEL':
      return {
        Labels: { ...asObject(config['Labels']), ...Object.fromEntries(pairs(rest, text).map(splitPair)) },
      };
    case 'EXPOSE':
      return { ExposedPorts: { ...asObject(config['ExposedPorts']), ...keyed(rest.split(/\s+/).map(port)) } };
    case 'VOLUME':
      return { Volumes: { ...asObject(config['Volumes']), ...keyed(jsonList(rest) ?? rest.split(/\s+/)) } };
    case 'USER':
      return { User: rest };
    case 'WORKDIR':
      return { WorkingDir: rest };
    case 'STOPSIGNAL':
      return { StopSignal: rest };
    case 'ONBUILD':
      return { OnBuild: [...stringList(config['OnBuild']), rest] };
    default:
      throw invalid(text, `${safeText(instruction)} cannot be changed so`);
  }
}

function command(text: string): string[] {
  return jsonList(text) ?? ['/bin/sh', '-c', text];
}

function jsonList(text: string): string[] | undefined {
  if (!text.startsWith('[')) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) && value.every((item) => typeof item === 'string') ? value : undefined;
  } catch {
    return undefined;
  }
}

/** `A=b C="d e"`, or the old form `A b c`. */
function pairs(text: string, change: string): string[] {
  if (!/^[^\s=]+=/.test(text)) {
    const match = /^(\S+)\s+([^]+)$/.exec(text);
    if (!match) throw invalid(change, 'expected NAME=VALUE');
    return [`${match[1]}=${match[2]}`];
  }
  const words = text.match(/(?:[^\s"'\\]|\\[^]|"(?:[^"\\]|\\[^])*"|'[^']*')+/g) ?? [];
  return words.map((word) => {
    const pair = word.replace(/\\([^])|"((?:[^"\\]|\\[^])*)"|'([^']*)'/g, (_, escaped, double, single) => {
      return String(escaped ?? double?.replace(/\\([^])/g, '$1') ?? single);
    });
    if (!pair.includes('=')) throw invalid(change, 'expected NAME=VALUE');
    return pair;
  });
}

function splitPair(pair: string): [name: string, value: string] {
  const equals = pair.indexOf('=');
  return [pair.slice(0, equals), pair.slice(equals + 1)];
}

function withoutNames(env: readonly string[], replaced: readonly string[]): string[] {
  const names = new Set(replaced.map((pair) => splitPair(pair)[0]));
  return env.filter((pair) => !names.has(splitPair(pair)[0]));
}

function port(text: string): string {
  return text.includes('/') ? text : `${text}/tcp`;
}

function keyed(keys: readonly string[]): JsonObject {
  return Object.fromEntries(keys.map((key) => [key, {}]));
}

function asObject(value: unknown): JsonObject {
  return isJsonObject(value) ? value : {};
}

function invalid(text: string, reason: string): PhylloError {
  return new PhylloError('invalid-argument', `apply change ${safeText(JSON.stringify(text))}: ${reason}`);
}
