// The part of Go's templates that people use with docker: {{.Field}}, {{.A.B}}, {{json .}}, and len, index, join,
// lower, upper on fields, alone or piped.
import { PhylloError } from '../lib/errors.ts';
import { safeText } from '../lib/text.ts';
import { isJsonObject } from '../oci/json.ts';
import { safeJson } from './json.ts';

export type Template = (value: unknown) => string;

type Piece = string | readonly (readonly string[])[];

/** Throws `invalid-argument` for what is no template, and when it is used, for a field that is not there. */
export function parseTemplate(text: string): Template {
  const pieces = split(text);
  return (value) =>
    pieces.map((piece) => (typeof piece === 'string' ? piece : show(evaluate(piece, value, text)))).join('');
}

/** docker's command line reads \n and \t in formats. */
function split(text: string): Piece[] {
  const unescaped = text.replaceAll('\\n', '\n').replaceAll('\\t', '\t');
  return unescaped.split(/(\{\{.*?\}\})/s).map((part): Piece => {
    const isAction = part.startsWith('{{') && part.endsWith('}}');
    if (!isAction && part.includes('{{')) throw invalid(text, 'a {{ has no }}');
    if (!isAction) return part;
    const inner = part.slice(2, -2).replace(/^-?\s+|\s+-?$/g, '');
    return inner.split('|').map((command) => words(command, text));
  });
}

function words(command: string, text: string): string[] {
  const found = command.match(/"(?:[^"\\]|\\.)*"|`[^`]*`|[^\s"`]+/g);
  if (!found) throw invalid(text, 'an action is empty');
  return found;
}

function evaluate(pipeline: Exclude<Piece, string>, value: unknown, text: string): unknown {
  let piped: unknown[] = [];
  for (const [first = '', ...rest] of pipeline) {
    const args = [...rest.map((word) => operand(word, value, text)), ...piped];
    const isOperand = /^[."`\d$-]/.test(first);
    piped = [isOperand ? operand(first, value, text) : call(first, args, text)];
  }
  return piped[0];
}

function operand(word: string, value: unknown, text: string): unknown {
  if (word.startsWith('"')) return JSON.parse(word);
  if (word.startsWith('`')) return word.slice(1, -1);
  if (/^-?\d+$/.test(word)) return Number(word);
  if (!word.startsWith('.')) throw invalid(text, `${word} is not understood`);
  const names = word.split('.').slice(1).filter(Boolean);
  return names.reduce((at, name) => field(at, name, text), value);
}

function field(value: unknown, name: string, text: string): unknown {
  if (isJsonObject(value) && Object.hasOwn(value, name)) return value[name];
  const fields = isJsonObject(value) ? Object.keys(value) : [];
  throw invalid(
    text,
    `there is no field ${name}`,
    fields.length > 0 ? `Fields: ${fields.join(', ')}.` : 'There are no fields at this place.',
  );
}

function call(name: string, args: readonly unknown[], text: string): unknown {
  const [first, second] = args;
  switch (name) {
    case 'json':
      return new Verbatim(safeJson(first));
    case 'len':
      return sizeOf(first);
    case 'lower':
      return show(first).toLowerCase();
    case 'upper':
      return show(first).toUpperCase();
    case 'join':
      return Array.isArray(first)
        ? first.map(show).join(typeof second === 'string' ? second : ' ')
        : show(first);
    case 'println':
      return new Verbatim(`${args.map(show).join(' ')}\n`);
    case 'index':
      return args.slice(1).reduce((at, key) => element(at, key, text), first);
    default:
      throw invalid(
        text,
        `${name} is not understood`,
        'There are json, len, index, join, lower, upper and println.',
      );
  }
}

function element(value: unknown, key: unknown, text: string): unknown {
  if (Array.isArray(value) && typeof key === 'number') {
    if (key in value) return value[key];
    throw invalid(text, `there is no element ${key}`);
  }
  // As a Go map: a key that is not there gives an empty value.
  return isJsonObject(value) && Object.hasOwn(value, String(key)) ? value[String(key)] : '';
}

function sizeOf(value: unknown): number {
  if (typeof value === 'string' || Array.isArray(value)) return value.length;
  return isJsonObject(value) ? Object.keys(value).length : 0;
}

/** Made by ourselves: already safe, with line feeds that are meant. */
class Verbatim {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** Values as Go prints them: `[a b]`, `map[k:v]`. */
function show(value: unknown): string {
  if (value instanceof Verbatim) return value.text;
  // Go prints a slice that was never made as an empty one.
  if (value === null || value === undefined) return '[]';
  if (Array.isArray(value)) return `[${value.map(show).join(' ')}]`;
  if (typeof value === 'string') return safeText(value);
  if (!isJsonObject(value)) return JSON.stringify(value);
  const keys = Object.keys(value).sort();
  return `map[${keys.map((key) => `${safeText(key)}:${show(value[key])}`).join(' ')}]`;
}

function invalid(text: string, reason: string, hint?: string): PhylloError {
  return new PhylloError('invalid-argument', `read format ${JSON.stringify(text)}: ${reason}`, { hint });
}
