// Heredoc marks (`<<EOF`, `3<<-"EOF"`) in a logical line. The line is split as a shell would, always with `\` as its
// escape character, and a mark is a word of its own.
import type { Heredoc, RunInstruction } from './instruction.ts';
import { isSpace } from './words.ts';

export interface HeredocMark {
  /** Without quotes. */
  readonly name: string;
  readonly isQuoted: boolean;
  readonly chomp: boolean;
  readonly fileDescriptor: number;
  readonly from: number;
  readonly to: number;
}

/** None where a quote or a `${` is never closed: no shell could read the line either. */
export function findMarks(line: string): readonly HeredocMark[] {
  if (!line.includes('<<')) return [];
  return splitWords(line).flatMap(([from, to]) => {
    const mark = readMark(line.slice(from, to));
    return mark === undefined ? [] : [{ ...mark, from, to }];
  });
}

/** The heredoc that is the whole command: its body is the script. */
export function loneHeredoc({ command, heredocs }: RunInstruction): Heredoc | undefined {
  return command.form === 'shell' && readMark(command.script) !== undefined ? heredocs[0] : undefined;
}

function readMark(word: string): Omit<HeredocMark, 'from' | 'to'> | undefined {
  const start = /^(\d*)<<(-?)/.exec(word);
  if (start === null) return undefined;
  const delimiter = word.slice(start[0].length).trimStart();
  const read = delimiter.includes('<') ? undefined : unquote(delimiter);
  if (read === undefined || read.name === '') return undefined;
  const fileDescriptor = Math.min(Number(start[1]), Number.MAX_SAFE_INTEGER);
  return { ...read, chomp: start[2] === '-', fileDescriptor };
}

/** Undefined for more than one word, or a quote that is not closed. */
function unquote(text: string): { name: string; isQuoted: boolean } | undefined {
  let name = '';
  let quote = '';
  let isQuoted = false;
  for (let at = 0; at < text.length; at++) {
    const character = text[at]!;
    const next = text[at + 1] ?? '';
    if (quote === '' ? character === '\\' : quote === '"' && character === '\\' && '"$\\'.includes(next)) {
      name += next;
      at++;
    } else if (character === quote) {
      quote = '';
    } else if (quote === '' && (character === '"' || character === "'")) {
      quote = character;
      isQuoted = true;
    } else if (quote === '' && isSpace(character)) {
      return undefined;
    } else {
      name += character;
    }
  }
  return quote === '' ? { name, isQuoted } : undefined;
}

/** What is open: a double quote, `${…` or the pattern of `${x/…`. */
type Open = '"' | '}' | '/';

/** Offsets of the words; none where the line cannot be read. */
function splitWords(line: string): readonly (readonly [from: number, to: number])[] {
  const words: [number, number][] = [];
  const open: Open[] = [];
  let from = -1;
  for (let at = 0; at < line.length;) {
    if (open[0] !== '"' && isSpace(line[at]!)) {
      if (from >= 0) words.push([from, at]);
      from = -1;
      at++;
      continue;
    }
    if (from < 0) from = at;
    at = step(line, at, open);
    if (at < 0) return [];
  }
  if (open.length > 0) return [];
  if (from >= 0) words.push([from, line.length]);
  return words;
}

/** The offset after what stands at `at`; -1 where it cannot be read. */
function step(line: string, at: number, open: Open[]): number {
  const character = line[at]!;
  const inside = open.at(-1);
  if (character === inside) {
    open.pop();
    if (inside === '/') open.push('}');
    return at + 1;
  }
  if (character === '$') return stepDollar(line, at, open);
  if (inside === '"') return character === '\\' && '"$\\'.includes(line[at + 1] ?? ' ') ? at + 2 : at + 1;
  switch (character) {
    case '\\':
      return at + 2;
    case "'":
      return line.indexOf("'", at + 1) + 1 || -1;
    case '"':
      open.push('"');
      return at + 1;
    case '<':
      return line[at + 1] === '<' ? afterBlanks(line, at + 2) : at + 1;
    default:
      return at + 1;
  }
}

function stepDollar(line: string, at: number, open: Open[]): number {
  if (line[at + 1] !== '{') return /[@*#?$!0-]/.test(line[at + 1] ?? '') ? at + 2 : at + 1;
  const name = /[0-9]+|[\p{L}_][\p{L}\p{Nd}_]*|[@*#?$!-]|/uy;
  name.lastIndex = at + 2;
  if (/[{}:]/.test(line[at + 2] ?? '}')) return -1;
  const after = at + 2 + name.exec(line)![0].length;
  switch (line[after]) {
    case '}':
      return after + 1;
    case ':':
      open.push('}');
      return after + 2;
    case '+':
    case '-':
    case '?':
    case '#':
    case '%':
      open.push('}');
      return after + 1;
    case '/':
      open.push('/');
      return line[after + 1] === '/' ? after + 2 : after + 1;
    default:
      return -1;
  }
}

function afterBlanks(line: string, at: number): number {
  let end = at;
  while (end < line.length && isSpace(line[end]!)) end++;
  return end;
}
