// Instructions whose arguments are one value or a plain list of words.
import type {
  ArgInstruction,
  FromInstruction,
  ListInstruction,
  Pair,
  PairsInstruction,
  PathInstruction,
} from '../instruction.ts';
import { looksLikeJson, readJsonForm } from '../json-form.ts';
import { quoted } from '../report.ts';
import { type QuotedWord, blankWords, quotedWords } from '../words.ts';
import { type Request, argumentsRange } from './request.ts';

const STAGE_NAME = /^[a-z][a-z0-9-_.]*$/;

export function readFrom({ statement, flags, base, report }: Request): FromInstruction | undefined {
  const [image, as, name, ...more] = blankWords(statement.rest, statement.restFrom);
  const isNamed = as?.text.toUpperCase() === 'AS' && name !== undefined && more.length === 0;
  if (image === undefined || (as !== undefined && !isNamed)) {
    const hint = image === undefined ? 'name an image, or scratch' : 'write FROM image AS name';
    report.error('FROM requires either one or three arguments', argumentsRange(statement), hint);
    if (image === undefined) return undefined;
  }
  const stageName = isNamed ? name.text : undefined;
  if (stageName !== undefined && !STAGE_NAME.test(stageName.toLowerCase())) {
    const range = statement.line.range(name!.from, name!.to);
    const hint = 'it starts with a letter; then letters, digits, - _ and .';
    report.error(`invalid name for a build stage: ${quoted(stageName)}`, range, hint);
  }
  const platform = flags.text('platform');
  return {
    ...base,
    keyword: 'FROM',
    image: image.text,
    ...(platform !== undefined && { platform }),
    ...(stageName !== undefined && { stageName }),
  };
}

export function readArg(request: Request): ArgInstruction | undefined {
  const { statement, base, report } = request;
  const words = quotedWords(statement.rest, statement.restFrom, statement.escape);
  if (!hasSome(words, request)) return undefined;
  warnOfOpenQuotes(words, request);
  const args = words.map(({ text, from, to }) => {
    const equals = text.indexOf('=');
    if (equals === 0) report.error('ARG names cannot be blank', statement.line.range(from, to));
    return equals < 0 ? { name: text } : { name: text.slice(0, equals), value: text.slice(equals + 1) };
  });
  return { ...base, keyword: 'ARG', args };
}

export function readPairs(request: Request): PairsInstruction | undefined {
  const { statement, base, report } = request;
  const keyword = statement.name === 'ENV' ? 'ENV' : 'LABEL';
  const words = quotedWords(statement.rest, statement.restFrom, statement.escape);
  if (!hasSome(words, request)) return undefined;
  if (!words[0]!.text.includes('=')) return readLegacyPair(keyword, request);
  warnOfOpenQuotes(words, request);
  const pairs: Pair[] = [];
  for (const { text, from, to } of words) {
    const equals = text.indexOf('=');
    if (equals > 0) {
      pairs.push({ key: text.slice(0, equals), value: text.slice(equals + 1) });
      continue;
    }
    const range = statement.line.range(from, to);
    if (equals === 0) report.error(`${keyword} names cannot be blank`, range);
    else
      report.error(
        `no = in ${quoted(text)}`,
        range,
        'write name=value, with quotes around a value with blanks',
      );
  }
  return { ...base, keyword, pairs, isLegacy: false };
}

/** `ENV name value`: all after the name is the value. */
function readLegacyPair(keyword: 'ENV' | 'LABEL', request: Request): PairsInstruction | undefined {
  const { statement, base, report } = request;
  const blank = /[\t\v\f\r ]+/.exec(statement.rest);
  if (blank === null) {
    const hint = `write ${keyword} name=value`;
    report.error(`${keyword} must have two arguments`, argumentsRange(statement), hint);
    return undefined;
  }
  const key = statement.rest.slice(0, blank.index);
  const value = statement.rest.slice(blank.index + blank[0].length);
  return { ...base, keyword, pairs: [{ key, value }], isLegacy: true };
}

/** The whole rest is the value. */
export function readValue({ statement, base, report }: Request): PathInstruction | undefined {
  const keyword = statement.name as PathInstruction['keyword'];
  if (statement.rest !== '') return { ...base, keyword, value: statement.rest };
  report.error(`${keyword} requires exactly one argument`, argumentsRange(statement));
  return undefined;
}

export function readExpose(request: Request): ListInstruction | undefined {
  const words = blankWords(request.statement.rest, request.statement.restFrom);
  if (!hasSome(words, request)) return undefined;
  return { ...request.base, keyword: 'EXPOSE', values: words.map(({ text }) => text) };
}

export function readVolume(request: Request): ListInstruction | undefined {
  const values = listOrWords(request)?.map((value) => value.trim());
  if (values === undefined || !hasSome(values, request)) return undefined;
  if (values.includes('')) {
    request.report.error('a volume cannot be an empty string', argumentsRange(request.statement));
  }
  return { ...request.base, keyword: 'VOLUME', values };
}

export function readShell(request: Request): ListInstruction | undefined {
  const { statement, base, report } = request;
  if (!hasSome(statement.rest, request)) return undefined;
  const form = readJsonForm(statement.rest);
  if (form.kind === 'mixed') return refuseMixed(form.offset, request);
  if (form.kind === 'none') {
    const hint = 'write SHELL ["program", "argument"]';
    report.error('SHELL requires its arguments in JSON form', argumentsRange(statement), hint);
    return undefined;
  }
  return hasSome(form.values, request) ? { ...base, keyword: 'SHELL', values: form.values } : undefined;
}

/** The strings of the JSON form, else words between blanks. Undefined after an error. */
export function listOrWords(request: Request): readonly string[] | undefined {
  const { rest, restFrom } = request.statement;
  const form = readJsonForm(rest);
  if (form.kind === 'mixed') return refuseMixed(form.offset, request);
  if (form.kind === 'strings') return form.values;
  warnOfBrokenJson(request, 'list');
  return blankWords(rest, restFrom).map(({ text }) => text);
}

export function refuseMixed(offset: number, { statement, report }: Request): undefined {
  const from = statement.restFrom + offset;
  report.error(
    'the JSON form takes strings alone',
    statement.line.range(from, from + 1),
    'put it in double quotes',
  );
}

/** Invalid JSON is no error to BuildKit: it is taken as plain text. */
export function warnOfBrokenJson(
  request: Request,
  kind: 'command' | 'list',
  text = request.statement.rest,
): void {
  if (!looksLikeJson(text, kind)) return;
  const { statement, report } = request;
  const range = statement.line.range(statement.to - text.length, statement.to);
  const meaning = kind === 'command' ? 'a shell command' : 'plain words';
  const hint = /^\[\s*'/.test(text) ? 'JSON has double quotes' : undefined;
  report.warn(`not a valid JSON array, so it is taken as ${meaning}`, range, hint);
}

function hasSome(values: { readonly length: number }, { statement, report }: Request): boolean {
  if (values.length > 0) return true;
  report.error(`${statement.name} requires at least one argument`, argumentsRange(statement));
  return false;
}

/** Expansion will fail on it, if the stage is built. */
function warnOfOpenQuotes(words: readonly QuotedWord[], { statement, report }: Request): void {
  const open = words.at(-1)?.openQuote;
  if (open !== undefined) report.warn('the quote is never closed', statement.line.range(open, open + 1));
}
