// `-e` and `--env-file`, as docker reads them: values are taken as they stand, quotes included.
import { PhylloError } from '../lib/errors.ts';
import { isUtf8, safeText } from '../lib/text.ts';

export type CallerEnv = Readonly<Record<string, string | undefined>>;

const MAX_BYTES = 4 * 1024 * 1024;
const MAX_LINE_CHARACTERS = 64 * 1024;

/**
 * `NAME=value` as it is; `NAME` alone takes the caller's value, and stays alone when there is none, which takes the
 * image's variable away. Throws `invalid-argument`.
 */
export function envArgument(text: string, caller: CallerEnv): string {
  if (text === '' || text.startsWith('=')) {
    throw new PhylloError('invalid-argument', `read variable ${safeText(text)}: it has no name`);
  }
  const value = text.includes('=') ? undefined : ownValue(caller, text);
  return value === undefined ? text : `${text}=${value}`;
}

/** Variables of an env file; a `NAME` alone that the caller has not is left out. Throws `invalid-argument`, `limit-exceeded`. */
export function parseEnvFile(data: Uint8Array, file: string, caller: CallerEnv): string[] {
  if (data.length > MAX_BYTES) {
    throw new PhylloError('limit-exceeded', `read ${safeText(file)}: it is larger than ${MAX_BYTES} bytes`);
  }
  if (!isUtf8(data)) throw new PhylloError('invalid-argument', `read ${safeText(file)}: it is not UTF-8`);
  const text = new TextDecoder().decode(data);
  return text
    .split(/\r?\n/)
    .flatMap((line, index) => parseLine(line, `${safeText(file)}:${index + 1}`, caller));
}

function parseLine(line: string, where: string, caller: CallerEnv): string[] {
  const trimmed = line.trimStart();
  if (trimmed === '' || trimmed.startsWith('#')) return [];
  if (trimmed.length > MAX_LINE_CHARACTERS) throw wrong(where, 'the line is too long');
  const equals = trimmed.indexOf('=');
  const name = equals < 0 ? trimmed : trimmed.slice(0, equals);
  if (name === '') throw wrong(where, 'there is no name before "="');
  if (/\s/.test(name)) throw wrong(where, `the name ${safeText(name)} contains whitespace`);
  if (equals >= 0) return [trimmed];
  const value = ownValue(caller, name);
  return value === undefined ? [] : [`${name}=${value}`];
}

function ownValue(caller: CallerEnv, name: string): string | undefined {
  return Object.hasOwn(caller, name) ? caller[name] : undefined;
}

function wrong(where: string, reason: string): PhylloError {
  return new PhylloError('invalid-argument', `read ${where}: ${reason}`);
}
