// The details of a step: what it came to, and the configuration of the image after it with what it changed. Pure.
import type { BuildStep, StepId } from '../../build/build.ts';
import { safeText } from '../../lib/text.ts';
import type { ExecutionConfig } from '../../oci/config.ts';
import { instructionText } from '../../oci/history.ts';
import { STATUS_LETTER } from '../theme/glyphs.ts';
import type { Theme } from '../theme/theme.ts';
import { stateText, stepTitle, verdictText } from './build-text.ts';
import { type Field, fieldLines, wrapText } from './wrap.ts';

export interface StepDetails {
  readonly step: BuildStep;
  /** The one before it in its stage. */
  readonly below: BuildStep | undefined;
  /** `4/9` */
  readonly count: string;
  readonly numberOf: (step: StepId) => number;
  /** About the context, safe to show. */
  readonly warnings: readonly string[];
  readonly nowMs: number;
}

/** More of them nobody reads. */
const MAX_WARNINGS = 5;

export function stepDetails(details: StepDetails, width: number, theme: Theme): string[] {
  const { step, below } = details;
  const lines = wrapText(stepTitle(step), width).map((line) => theme.title(line));
  for (const field of fields(details)) lines.push(...fieldLines(field, width, theme.muted));
  const { image } = step;
  if (!image) return [...lines, '', 'the image is not known before the step has run'];
  const entries = configChanges(below?.image?.config.config, image.config.config);
  if (entries.length === 0) return [...lines, '', 'the configuration is empty'];
  return [...lines, '', ...entries.flatMap((entry) => entryLines(entry, width, theme))];
}

function fields({ step, count, numberOf, warnings, nowMs }: StepDetails): Field[] {
  const { stageName, stage, expanded, verdict, isTrigger } = step;
  const list: Field[] = [
    { label: 'step', value: `${count}, of stage ${stageName === undefined ? stage : safeText(stageName)}` },
    { label: 'state', value: stateText(step, nowMs).text },
  ];
  if (verdict) list.push({ label: 'cache', value: verdictText(verdict, numberOf) });
  if (isTrigger) list.push({ label: 'from', value: 'ONBUILD of the base image' });
  const came = expanded === undefined ? '' : safeText(instructionText(expanded));
  if (came !== '' && came !== stepTitle(step)) list.push({ label: 'expanded', value: came });
  for (const value of warnings.slice(-MAX_WARNINGS)) list.push({ label: 'context', value });
  return list;
}

export type ConfigStatus = 'unchanged' | 'added' | 'modified' | 'removed';

export interface ConfigEntry {
  /** Both foreign text, not yet safe to show. */
  readonly name: string;
  readonly value: string;
  readonly status: ConfigStatus;
  /** Of a modified one, what it was. */
  readonly before?: string;
}

/** Everything that is set after the step, and what it took away; without a step below nothing counts as changed. */
export function configChanges(before: ExecutionConfig | undefined, after: ExecutionConfig): ConfigEntry[] {
  const now = new Map(settings(after));
  if (!before) return [...now].map(([name, value]) => ({ name, value, status: 'unchanged' }));
  const old = new Map(settings(before));
  const kept = [...now].map(([name, value]): ConfigEntry => {
    const was = old.get(name);
    if (was === undefined) return { name, value, status: 'added' };
    return was === value
      ? { name, value, status: 'unchanged' }
      : { name, value, status: 'modified', before: was };
  });
  const gone = [...old].filter(([name]) => !now.has(name));
  return [...kept, ...gone.map(([name, value]): ConfigEntry => ({ name, value, status: 'removed' }))];
}

/** One entry each, under a name that no other has. */
function settings(config: ExecutionConfig): [name: string, value: string][] {
  const list: [string, string][] = [];
  const words = (name: string, value: readonly string[] | undefined): void => {
    if (value) list.push([name, JSON.stringify(value)]);
  };
  const text = (name: string, value: string | undefined): void => {
    if (value !== undefined) list.push([name, value]);
  };
  text('USER', config.user);
  text('WORKDIR', config.workingDir);
  words('ENTRYPOINT', config.entrypoint);
  words('CMD', config.cmd);
  words('SHELL', config.shell);
  for (const pair of config.env) {
    const equals = pair.indexOf('=');
    list.push([`ENV ${equals < 0 ? pair : pair.slice(0, equals)}`, equals < 0 ? '' : pair.slice(equals + 1)]);
  }
  for (const port of config.exposedPorts) list.push([`EXPOSE ${port}`, '']);
  for (const volume of config.volumes) list.push([`VOLUME ${volume}`, '']);
  text('STOPSIGNAL', config.stopSignal);
  if (config.healthcheck) list.push(['HEALTHCHECK', JSON.stringify(config.healthcheck)]);
  config.onBuild.forEach((trigger, at) => list.push([`ONBUILD ${at + 1}`, trigger]));
  for (const [name, value] of Object.entries(config.labels)) list.push([`LABEL ${name}`, value]);
  return list;
}

function entryLines({ name, value, status, before }: ConfigEntry, width: number, theme: Theme): string[] {
  const was = before === undefined ? '' : ` (was ${before})`;
  const text = safeText(value === '' ? name : `${name} ${value}${was}`);
  const [first = '', ...rest] = wrapText(text, width - 2);
  const paint = theme[status];
  return [`${paint(STATUS_LETTER[status])} ${paint(first)}`, ...rest.map((line) => `  ${paint(line)}`)];
}
