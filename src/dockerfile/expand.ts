// Variables and quotes in the words of a Dockerfile, as BuildKit expands them. A name that is asked for is looked up in
// every branch, also in one whose text is not used.
import { PhylloError } from '../lib/errors.ts';
import { safeText } from '../lib/text.ts';
import { ExpandBudget, MAX_NESTING } from './expand-budget.ts';
import { parseExpandPattern, replaceMatches, trimEnd, trimStart } from './expand-pattern.ts';

/** Undefined: not set; that is another thing than empty. */
export type Variables = (name: string) => string | undefined;

export interface ExpandOptions {
  readonly escape: '\\' | '`';
  /** Quotes stay in the text. */
  readonly rawQuotes?: boolean;
  /** Escape characters stay in the text. */
  readonly rawEscapes?: boolean;
  /** Quotes are characters like others: variables between single ones are expanded too. */
  readonly skipQuotes?: boolean;
}

export interface Names {
  /** Names that were asked for and have a value. */
  readonly used: ReadonlySet<string>;
  /** Names that were asked for and have none. */
  readonly unset: ReadonlySet<string>;
}

export interface Expansion extends Names {
  readonly text: string;
}

export interface WordsExpansion extends Names {
  readonly words: readonly string[];
}

/**
 * One word in, one word out. Throws `invalid-dockerfile` with `data.offset` (UTF-16 units in `word`) for what cannot be
 * read and for `${name:?message}` without a value; `limit-exceeded` for nesting and for values that grow too much.
 */
export function expandWord(word: string, variables: Variables, options: ExpandOptions): Expansion {
  const expander = new Expander(word, variables, options);
  const text = expander.text();
  return { text, used: expander.used, unset: expander.unset };
}

/** Like `expandWord`, then split at blanks outside of quotes, also at those that came with a value. */
export function expandWords(word: string, variables: Variables, options: ExpandOptions): WordsExpansion {
  const expander = new Expander(word, variables, options);
  const words = expander.words();
  return { words, used: expander.used, unset: expander.unset };
}

/** The body of a COPY or ADD heredoc: quotes are text, the escape character is always a backslash. */
export function expandHeredoc(body: string, variables: Variables): Expansion {
  return expandWord(body, variables, { escape: '\\', skipQuotes: true });
}

const BLANKS = /[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/;

/** Takes the text piece by piece; `isQuoted` pieces are never split. */
type Emit = (text: string, isQuoted: boolean) => void;

class Expander {
  readonly used = new Set<string>();
  readonly unset = new Set<string>();
  private readonly source: string;
  private readonly variables: Variables;
  private readonly options: ExpandOptions;
  private readonly budget = new ExpandBudget();
  private at = 0;
  private depth = 0;
  private rawEscapes: boolean;
  private readonly nameAt = /\p{Nd}+|[@*#?$!-]|[\p{L}\p{Nd}_]*/uy;

  constructor(source: string, variables: Variables, options: ExpandOptions) {
    this.source = source;
    this.variables = variables;
    this.options = options;
    this.rawEscapes = options.rawEscapes ?? false;
  }

  text(): string {
    let text = '';
    this.read(undefined, (piece) => (text += piece));
    return text;
  }

  words(): string[] {
    const words: string[] = [];
    let word = '';
    const end = () => {
      if (word !== '') words.push(word);
      word = '';
    };
    this.read(undefined, (piece, isQuoted) => {
      const [head, ...rest] = isQuoted ? [piece] : piece.split(BLANKS);
      word += head;
      for (const part of rest) {
        end();
        word = part;
      }
    });
    end();
    return words;
  }

  /** Reads up to `stop`, which is taken too, or to the end. False: `stop` did not come. */
  private read(stop: string | undefined, emit: Emit): boolean {
    const { source } = this;
    while (this.at < source.length) {
      const character = source[this.at]!;
      if (character === stop) {
        this.at++;
        return true;
      }
      if (character === '$') emit(this.dollar(), false);
      else if (character === "'" && !this.options.skipQuotes) emit(this.singleQuoted(), true);
      else if (character === '"' && !this.options.skipQuotes) emit(this.doubleQuoted(), true);
      else if (character === this.options.escape) emit(this.escaped(), true);
      else emit(this.plain(stop), false);
    }
    return stop === undefined;
  }

  private plain(stop: string | undefined): string {
    const start = this.at++;
    while (this.at < this.source.length) {
      const character = this.source[this.at]!;
      if (character === stop || '$\'"'.includes(character) || character === this.options.escape) break;
      this.at++;
    }
    return this.source.slice(start, this.at);
  }

  /** At the end of the word an escape character stands for nothing. */
  private escaped(): string {
    const start = this.rawEscapes ? this.at : this.at + 1;
    this.at += 2;
    return this.source.slice(start, this.at);
  }

  private singleQuoted(): string {
    const start = this.at;
    const end = this.source.indexOf("'", start + 1);
    if (end < 0) throw this.invalid(start, "the quote ' is not closed");
    this.at = end + 1;
    return this.options.rawQuotes ? this.source.slice(start, end + 1) : this.source.slice(start + 1, end);
  }

  private doubleQuoted(): string {
    const { source } = this;
    const { escape, rawQuotes } = this.options;
    const quote = rawQuotes ? '"' : '';
    const start = this.at++;
    let text = quote;
    while (this.at < source.length) {
      const character = source[this.at]!;
      if (character === '"') {
        this.at++;
        return text + quote;
      }
      if (character === '$') {
        text += this.dollar();
        continue;
      }
      this.at++;
      if (character !== escape) text += character;
      else text += this.escapedInQuotes(character);
    }
    throw this.invalid(start, 'the quote " is not closed');
  }

  /** Between quotes only the quote, `$` and the character itself can be escaped. */
  private escapedInQuotes(escape: string): string {
    const next = this.source[this.at];
    const isEscape = next !== undefined && ['"', '$', escape].includes(next);
    if (isEscape) this.at++;
    return (this.rawEscapes ? escape : '') + (isEscape ? next : escape);
  }

  private dollar(): string {
    const start = this.at++;
    if (this.source[this.at] === '{') return this.braces(start);
    const name = this.name();
    return name === '' ? '$' : this.insert(this.lookup(name) ?? '');
  }

  private braces(start: number): string {
    this.at++;
    if ('{}:'.includes(this.source[this.at] ?? ' ')) throw this.invalid(start, 'a name is missing in ${}');
    const name = this.name();
    const modifierAt = this.at;
    const modifier = this.modifier();
    if (modifier === '' || modifier === ':') throw this.unclosed(start);
    if (modifier === '}') return this.insert(this.lookup(name) ?? '');
    if (++this.depth > MAX_NESTING) {
      throw new PhylloError('limit-exceeded', `expand variables: more than ${MAX_NESTING} are nested`, {
        data: { offset: start },
      });
    }
    const text = this.modified(name, modifier, { start, modifierAt });
    this.depth--;
    return this.insert(text);
  }

  private modifier(): string {
    const two = this.source.slice(this.at, this.at + 2);
    const modifier = two.startsWith(':') || two === '//' ? two : two.slice(0, 1);
    this.at += modifier.length;
    return modifier;
  }

  private modified(name: string, modifier: string, place: Place): string {
    switch (modifier) {
      case '/':
      case '//':
        return this.replaced(name, modifier === '//', place);
      case '#':
      case '%':
        return this.trimmed(name, modifier, place);
      case '-':
      case '+':
      case '?':
      case ':-':
      case ':+':
      case ':?': {
        const word = this.inner('}', false, place);
        const value = this.lookup(name);
        const isMissing = value === undefined || (value === '' && modifier.startsWith(':'));
        if (modifier.endsWith('-')) return isMissing ? word : value;
        if (modifier.endsWith('+')) return isMissing ? '' : word;
        if (isMissing) throw this.missing(name, value, word, place);
        return value;
      }
      default:
        throw this.invalid(
          place.modifierAt,
          `the modifier ${safeText(JSON.stringify(modifier))} is not known`,
        );
    }
  }

  /** A second `#` or `%` can also come with a value: it is taken from the text of the pattern. */
  private trimmed(name: string, modifier: '#' | '%', place: Place): string {
    const word = this.inner('}', true, place);
    const isLongest = word.startsWith(modifier);
    const value = this.lookup(name) ?? '';
    const pattern = this.pattern(isLongest ? word.slice(1) : word, place);
    return (modifier === '#' ? trimStart : trimEnd)(value, pattern, isLongest, this.budget);
  }

  private replaced(name: string, all: boolean, place: Place): string {
    const word = this.inner('/', true, place);
    const replacement = this.inner('}', true, place);
    const value = this.lookup(name) ?? '';
    return replaceMatches(value, this.pattern(word, place), replacement, all, this.budget);
  }

  private pattern(word: string, { modifierAt }: Place) {
    const pattern = parseExpandPattern(word);
    if (pattern === undefined)
      throw this.invalid(modifierAt, 'the pattern has a backslash that escapes nothing');
    return pattern;
  }

  private inner(stop: string, rawEscapes: boolean, { start }: Place): string {
    const outer = this.rawEscapes;
    this.rawEscapes = rawEscapes;
    let text = '';
    if (!this.read(stop, (piece) => (text += piece))) throw this.unclosed(start, stop);
    this.rawEscapes = outer;
    return text;
  }

  private name(): string {
    this.nameAt.lastIndex = this.at;
    const name = this.nameAt.exec(this.source)?.[0] ?? '';
    this.at += name.length;
    return name;
  }

  private lookup(name: string): string | undefined {
    const value = this.variables(name);
    (value === undefined ? this.unset : this.used).add(name);
    return value;
  }

  private insert(text: string): string {
    this.budget.insert(text.length);
    return text;
  }

  private missing(name: string, value: string | undefined, message: string, { start }: Place): PhylloError {
    const reason = message || (value === undefined ? 'it has to be set' : 'it must not be empty');
    return new PhylloError('invalid-dockerfile', `expand variable ${safeText(name)}: ${safeText(reason)}`, {
      data: { offset: start, name },
    });
  }

  private unclosed(offset: number, stop = '}'): PhylloError {
    return this.invalid(offset, `a ${stop} is missing after \${`);
  }

  private invalid(offset: number, reason: string): PhylloError {
    const shown = this.source.length > 60 ? `${this.source.slice(0, 60)}…` : this.source;
    return new PhylloError('invalid-dockerfile', `expand ${safeText(JSON.stringify(shown))}: ${reason}`, {
      data: { offset },
    });
  }
}

/** Offsets of `$` and of what follows the name. */
interface Place {
  readonly start: number;
  readonly modifierAt: number;
}
