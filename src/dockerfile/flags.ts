// Flags of instructions: which there are, and their values.
import type { Flag, Range } from './instruction.ts';
import { nearest } from '../lib/nearest.ts';
import { type Report, quoted } from './report.ts';
import type { Statement } from './statement.ts';

/** A list may be given several times; a boolean needs no value. */
type Kind = 'boolean' | 'text' | 'list';

const COPY_AND_ADD = { chown: 'text', chmod: 'text', link: 'boolean', exclude: 'list' } as const;
const KINDS: Readonly<Record<string, Readonly<Record<string, Kind>>>> = {
  FROM: { platform: 'text' },
  RUN: { mount: 'list', network: 'text', security: 'text', device: 'list' },
  COPY: { ...COPY_AND_ADD, from: 'text', parents: 'boolean' },
  ADD: { ...COPY_AND_ADD, checksum: 'text', 'keep-git-dir': 'boolean', unpack: 'boolean' },
  HEALTHCHECK: {
    interval: 'text',
    timeout: 'text',
    'start-period': 'text',
    'start-interval': 'text',
    retries: 'text',
  },
};
/** BuildKit passes over flags here, even over unknown ones. */
const FLAGS_IGNORED = new Set(['ARG', 'STOPSIGNAL']);

export class Flags {
  /** In the order of the text; without those that were refused. */
  readonly list: readonly Flag[];

  constructor(list: readonly Flag[]) {
    this.list = list;
  }

  find(name: string): Flag | undefined {
    return this.list.find((flag) => flag.name === name);
  }

  all(name: string): readonly Flag[] {
    return this.list.filter((flag) => flag.name === name);
  }

  /** Undefined also for an empty value: to BuildKit it is the same. */
  text(name: string): string | undefined {
    return this.find(name)?.value || undefined;
  }

  isTrue(name: string): boolean {
    return this.find(name)?.value === 'true';
  }
}

export function readFlags(statement: Statement, report: Report): Flags {
  const kinds = KINDS[statement.name] ?? {};
  const list: Flag[] = [];
  const seen = new Set<string>();
  for (const word of statement.flags) {
    const range = statement.line.range(word.from, word.to);
    const equals = word.text.indexOf('=');
    const name = word.text.slice(2, equals < 0 ? undefined : equals);
    const kind = Object.hasOwn(kinds, name) ? kinds[name] : undefined;
    if (kind === undefined) {
      refuse(statement, name, range, report);
      continue;
    }
    if (seen.has(name) && kind !== 'list') {
      report.error(`duplicate flag: --${name}`, range);
      continue;
    }
    seen.add(name);
    const value = readValue(name, kind, equals < 0 ? undefined : word.text.slice(equals + 1), range, report);
    if (value !== undefined) list.push({ name, value, range });
  }
  return new Flags(list);
}

function refuse({ name: keyword }: Statement, name: string, range: Range, report: Report): void {
  const shown = `--${quoted(name).slice(1, -1)}`;
  if (FLAGS_IGNORED.has(keyword)) {
    report.warn(`${keyword} has no flags: ${shown} is ignored`, range);
    return;
  }
  const own = Object.keys(KINDS[keyword] ?? {});
  const near = nearest(name, own);
  const others = Object.keys(KINDS).filter((other) => Object.hasOwn(KINDS[other]!, name));
  const elsewhere =
    others.length > 0 ? `--${name} is a flag of ${others.join(' and ')}` : noFlags(keyword, own);
  report.error(`unknown flag: ${shown}`, range, near === undefined ? elsewhere : `did you mean --${near}?`);
}

function noFlags(keyword: string, own: readonly string[]): string {
  return own.length > 0
    ? `${keyword} has ${own.map((flag) => `--${flag}`).join(', ')}`
    : `${keyword} has no flags; write -- before a word that starts with --`;
}

function readValue(
  name: string,
  kind: Kind,
  value: string | undefined,
  range: Range,
  report: Report,
): string | undefined {
  if (kind !== 'boolean') {
    if (value === undefined)
      report.error(`missing a value on flag: --${name}`, range, `write --${name}=value`);
    return value;
  }
  const truth = value?.toLowerCase() ?? 'true';
  if (truth === 'true' || truth === 'false') return truth;
  if (truth === '') report.error(`missing a value on flag: --${name}`, range, 'use true or false');
  else report.error(`--${name} is true or false, not ${quoted(value!)}`, range);
  return undefined;
}
