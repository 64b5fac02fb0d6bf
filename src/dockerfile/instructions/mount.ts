// The options of `RUN --mount`. A value with a variable can be judged only when it is expanded.
import { parseBoolean } from '../directives.ts';
import type { Flag, RunMount } from '../instruction.ts';
import { nearest } from '../../lib/nearest.ts';
import { type Report, quoted } from '../report.ts';

type Option = readonly [name: string, value: string];

export const MOUNT_TYPES = ['bind', 'cache', 'tmpfs', 'secret', 'ssh'] as const;
export const MOUNT_SHARINGS = ['shared', 'private', 'locked'] as const;
const BOOLEANS = new Set(['readonly', 'ro', 'readwrite', 'rw', 'required']);
const TEXTS = 'type from source src target dst destination id sharing size mode uid gid env'.split(' ');
const WITH_FILE = ['secret', 'ssh', 'cache'];
/** Options that only some types have. */
export const MOUNT_TYPES_OF: Readonly<Record<string, readonly string[]>> = {
  required: ['secret', 'ssh'],
  size: ['tmpfs'],
  sharing: ['cache'],
  mode: WITH_FILE,
  uid: WITH_FILE,
  gid: WITH_FILE,
  from: ['bind', 'cache', 'tmpfs', 'ssh'],
};
const NAMES = [...BOOLEANS, ...TEXTS];

/** Option names in lower case, as BuildKit compares them. */
export function readMount({ value, range }: Flag, report: Report): RunMount {
  const refuse = (message: string, hint?: string): void => report.error(`--mount: ${message}`, range, hint);
  const fields = splitFields(value);
  if (fields === undefined) {
    refuse('the quotes do not match');
    return { options: [], range };
  }
  const options = fields.map(readOption);
  for (const [index, option] of options.entries()) {
    const fault = faultOf(option, !fields[index]!.includes('='));
    if (fault !== undefined) refuse(...fault);
  }
  const conflict = conflictOf(options);
  if (conflict !== undefined) refuse(conflict);
  return { options, range };
}

function readOption(field: string): Option {
  const equals = field.indexOf('=');
  return equals < 0
    ? [field.toLowerCase(), 'true']
    : [field.slice(0, equals).toLowerCase(), field.slice(equals + 1)];
}

function faultOf(
  [name, value]: Option,
  isBare: boolean,
): readonly [message: string, hint?: string] | undefined {
  if (!NAMES.includes(name)) {
    const near = nearest(name, NAMES);
    return [`unknown option ${quoted(name)}`, near === undefined ? undefined : `did you mean ${near}?`];
  }
  if (isBare && !BOOLEANS.has(name)) return [`${name} needs a value`, `write ${name}=value`];
  if (name === 'from' && value.includes('$')) {
    return ['from does not expand variables', 'name it in a stage of its own: FROM … AS name'];
  }
  if (value.includes('$')) return undefined;
  if (name === 'type' && !isOneOf(MOUNT_TYPES, value.toLowerCase())) return choice(name, value, MOUNT_TYPES);
  if (name === 'sharing' && !isOneOf(MOUNT_SHARINGS, value.toLowerCase()))
    return choice(name, value, MOUNT_SHARINGS);
  const isValid =
    (BOOLEANS.has(name) && parseBoolean(value) !== undefined) ||
    (name === 'mode' && /^[0-7]{1,11}$/.test(value)) ||
    ((name === 'uid' || name === 'gid') && /^\d{1,10}$/.test(value) && Number(value) < 2 ** 32) ||
    !(BOOLEANS.has(name) || ['mode', 'uid', 'gid'].includes(name));
  return isValid ? undefined : [`invalid value for ${name}: ${quoted(value)}`];
}

function choice(name: string, value: string, choices: readonly string[]): readonly [string, string] {
  const near = nearest(value, choices);
  const hint = near === undefined ? `use ${choices.join(', ')}` : `did you mean ${near}?`;
  return [`invalid value for ${name}: ${quoted(value)}`, hint];
}

/** What does not go together. */
function conflictOf(options: readonly Option[]): string | undefined {
  const type = options.findLast(([name]) => name === 'type')?.[1].toLowerCase() ?? 'bind';
  if (!isOneOf(MOUNT_TYPES, type)) return undefined;
  const misplaced = options.find(([name]) => MOUNT_TYPES_OF[name]?.includes(type) === false);
  if (misplaced !== undefined) return `a mount of type ${type} has no ${misplaced[0]}`;
  if (type !== 'secret') return undefined;
  const has = (...names: string[]): boolean =>
    options.some(([name, value]) => names.includes(name) && value !== '');
  if (!has('id', 'source', 'src', 'target', 'dst', 'destination')) return 'a secret needs an id or a target';
  return has('id') && has('source', 'src') ? 'a secret has an id or a source, not both' : undefined;
}

/** A line of CSV: a field in double quotes may hold commas, and `""` for a quote. Undefined where quotes do not match. */
function splitFields(text: string): readonly string[] | undefined {
  const fields: string[] = [];
  for (let at = 0; at <= text.length;) {
    const quotedField = /"((?:[^"]|"")*)"(?=,|$)/y;
    quotedField.lastIndex = at;
    const comma = text.indexOf(',', at);
    const plainEnd = comma < 0 ? text.length : comma;
    const match = text[at] === '"' ? quotedField.exec(text) : null;
    const plain = text.slice(at, plainEnd);
    if (match === null && plain.includes('"')) return undefined;
    fields.push(match === null ? plain : match[1]!.replaceAll('""', '"'));
    at = match === null ? plainEnd + 1 : quotedField.lastIndex + 1;
  }
  return fields;
}

function isOneOf(words: readonly string[], word: string): boolean {
  return words.includes(word);
}
