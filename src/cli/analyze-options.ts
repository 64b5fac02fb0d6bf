// Options of `phyllo analyze`, dive's among them: which image, which JSON, which rules.
import { readFile } from 'node:fs/promises';
import { type Baseline } from '../analysis/gate/gate.ts';
import { parseBaseline } from '../analysis/gate/baseline.ts';
import { parseDiveCi } from '../analysis/gate/dive-ci.ts';
import { DEFAULT_RULES, type GateRules } from '../analysis/gate/rules.ts';
import { PhylloError, isPhylloError, toPhylloError } from '../lib/errors.ts';
import { safeText } from '../lib/text.ts';
import type { Context } from './context.ts';
import { usageError } from './usage.ts';

export interface AnalyzeOptions {
  readonly json?: string | true;
  readonly compat?: 'dive';
  readonly ci?: boolean;
  readonly ciConfig?: string;
  readonly lowestEfficiency?: string;
  readonly highestWastedBytes?: string;
  readonly highestUserWastedPercent?: string;
  readonly baseline?: string;
  readonly sarif?: string;
  readonly junit?: string;
  readonly markdown?: string;
  readonly squash: readonly string[];
  readonly without: readonly string[];
  readonly source?: 'docker' | 'podman' | 'docker-archive';
  readonly platform?: string;
}

const VERB = 'analyze';
const DEFAULT_CONFIG = '.dive-ci';
/** Files of rules and baselines are read whole. */
const MOST_RULES_BYTES = 64 * 1024;
const MOST_BASELINE_BYTES = 256 * 1024 * 1024;

export interface Asked {
  readonly image: string;
  /** Where the document goes: nowhere, standard output, or a file. */
  readonly json: { readonly file: string | undefined } | undefined;
}

/** `--json IMAGE` prints; dive's `--json FILE IMAGE` and `IMAGE --json FILE` write. */
export function whatWasAsked(args: readonly string[], { json, source, compat }: AnalyzeOptions): Asked {
  const [named] = args;
  const image = named ?? (json === true ? undefined : json);
  if (image === undefined || image === '') throw usageError(VERB, 'the image is missing');
  const file = named === undefined || json === true ? undefined : json;
  return {
    image: imageArgument(image, source, compat === 'dive'),
    json: json === undefined ? undefined : { file },
  };
}

/** dive's forms of IMAGE as ours. For dive `docker://` is an engine, elsewhere it is a registry. */
function imageArgument(image: string, source: AnalyzeOptions['source'], isDive: boolean): string {
  const [, scheme, rest] = /^(docker|podman|docker-archive|docker-tar):\/\/(.+)$/s.exec(image) ?? [];
  if (scheme === 'docker-archive' || scheme === 'docker-tar') return `docker-archive:${rest}`;
  if (scheme === 'podman' || (scheme === 'docker' && isDive)) return `docker-daemon:${rest}`;
  if (scheme !== undefined || source === undefined) return image;
  return source === 'docker-archive' ? `docker-archive:${image}` : `docker-daemon:${image}`;
}

export interface Gate {
  readonly rules: GateRules;
  readonly baseline: Baseline | undefined;
  /** The file that the rules are from; undefined for defaults. */
  readonly configFile: string | undefined;
  readonly hasCiRules: boolean;
}

/**
 * Flags win over the file, the file over defaults; a baseline alone judges growth alone. Undefined when nothing asks for
 * a gate. Throws `invalid-argument` and `not-found` for files that cannot be read.
 */
export async function gateOf(context: Context, options: AnalyzeOptions): Promise<Gate | undefined> {
  const isCi = options.ci === true || (options.compat === 'dive' && isTrue(context.io.env['CI']));
  if (!isCi) refuseGateFlags(options);
  if (!isCi && options.baseline === undefined) return undefined;
  const baseline = options.baseline === undefined ? undefined : await readBaseline(options.baseline);
  if (!isCi) return { rules: GROWTH_ALONE, baseline, configFile: undefined, hasCiRules: false };
  const file = await readRules(context, options.ciConfig);
  return {
    rules: { ...DEFAULT_RULES, ...file?.rules, ...flagRules(options) },
    baseline,
    configFile: file?.name,
    hasCiRules: true,
  };
}

const GROWTH_ALONE: GateRules = {
  ...DEFAULT_RULES,
  lowestEfficiency: 'disabled',
  highestUserWastedPercent: 'disabled',
};

/** As Go's ParseBool, which dive asks. */
function isTrue(text: string | undefined): boolean {
  return ['1', 't', 'T', 'TRUE', 'true', 'True'].includes(text ?? '');
}

/** A rule that nobody judges would look like one that passes. */
function refuseGateFlags(options: AnalyzeOptions): void {
  if (options.compat === 'dive') return;
  const names = ['ciConfig', 'lowestEfficiency', 'highestWastedBytes', 'highestUserWastedPercent'] as const;
  const given = names.find((name) => options[name] !== undefined);
  const flag = given === 'ciConfig' ? 'ci-config' : given;
  if (flag !== undefined) throw usageError(VERB, `--${flag} counts only with --ci`);
  if (options.junit !== undefined && options.baseline === undefined)
    throw usageError(VERB, '--junit needs a gate: give --ci or --baseline');
}

function flagRules({
  lowestEfficiency,
  highestWastedBytes,
  highestUserWastedPercent,
}: AnalyzeOptions): Partial<GateRules> {
  const given = { lowestEfficiency, highestWastedBytes, highestUserWastedPercent };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

async function readRules(
  context: Context,
  name: string | undefined,
): Promise<{ rules: Partial<GateRules>; name: string } | undefined> {
  const path = name ?? DEFAULT_CONFIG;
  try {
    const { rules, unknown } = parseDiveCi(await readText(path, MOST_RULES_BYTES), path);
    if (unknown.length > 0) await context.note(`${path}: ignored what is no rule: ${unknown.join(', ')}`);
    return { rules, name: path };
  } catch (error) {
    if (name === undefined && isPhylloError(error, 'not-found')) return undefined;
    // Nobody knows what the gate would have said: that is no verdict on the image.
    if (isPhylloError(error) && error.code !== 'invalid-argument')
      throw new PhylloError('invalid-argument', error.message, { cause: error });
    throw error;
  }
}

async function readBaseline(path: string): Promise<Baseline> {
  return parseBaseline(await readText(path, MOST_BASELINE_BYTES), path);
}

async function readText(path: string, mostBytes: number): Promise<string> {
  try {
    const data = await readFile(path);
    if (data.length > mostBytes)
      throw new PhylloError('limit-exceeded', safeText(`read ${path}: it is bigger than ${mostBytes} bytes`));
    return data.toString('utf8');
  } catch (error) {
    throw toPhylloError(error, safeText(`read ${path}`));
  }
}
