// Splits what a terminal sends into keys, pastes, mouse events and replies. Pure: knows no time and no stream;
// a sequence that is not complete stays in it until the next chunk or until `flush`.
import { graphemes } from '../width.ts';
import { consoleKey, controlKey, csiKey, printableKey, ss3Key } from './key-names.ts';
import { parseMouse, type MouseEvent } from './mouse.ts';
import { PasteBuffer } from './paste.ts';

export type Token =
  | { readonly kind: 'key'; readonly key: string }
  /** One line: line breaks and tabs are spaces, other controls are gone. */
  | { readonly kind: 'paste'; readonly text: string; readonly truncated: boolean }
  | { readonly kind: 'mouse'; readonly event: MouseEvent }
  | { readonly kind: 'focus'; readonly focused: boolean }
  /** Answer to a status question. */
  | { readonly kind: 'status' }
  /** Any other answer of the terminal, the whole sequence. */
  | { readonly kind: 'reply'; readonly sequence: string };

/** Longest control sequence that is taken for one. */
const MAX_SEQUENCE = 256;
/** Longest string (OSC, DCS …) that is waited for; longer ones are thrown away piece by piece. */
const MAX_STRING = 4096;
/** More text than this in one chunk was not typed: without bracketed paste it would run as commands. */
const MAX_TYPED = 512;

export class KeyTokens {
  readonly #decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  #rest = '';
  #paste: PasteBuffer | undefined;
  /** ESC was given out alone by `flush`: the rest of its sequence may still come. */
  #escapeFlushed = false;

  /** What is incomplete: `flush` should be called if nothing more comes soon, or not so soon. */
  get pending(): 'escape' | 'sequence' | 'paste' | undefined {
    if (this.#paste) return 'paste';
    if (this.#rest === '') return undefined;
    return this.#rest === '\x1b' || this.#rest === '\x1b\x1b' ? 'escape' : 'sequence';
  }

  feed(chunk: Uint8Array | string): Token[] {
    const text = typeof chunk === 'string' ? chunk : this.#decoder.decode(chunk, { stream: true });
    const tokens: Token[] = [];
    let input = this.#rest + text;
    this.#rest = '';
    // A sequence torn apart by the network, its ESC given out long ago: it must not come out as letters.
    if (this.#escapeFlushed && /^(?:\[[0-9;]*[A-H~n]|O[A-DFHP-S])/.test(input)) input = `\x1b${input}`;
    if (input !== '') this.#escapeFlushed = false;
    let at = 0;
    while (at < input.length) {
      if (this.#paste) {
        at = this.#paste.add(input, at);
        if (!this.#paste.complete) break;
        tokens.push(...this.#endPaste());
        continue;
      }
      const next = this.#readOne(input, at, tokens);
      if (next < 0) break;
      at = next;
    }
    this.#rest = input.slice(at);
    return tokens;
  }

  /** Nothing more came in time: an incomplete sequence is what was typed, ESC first. */
  flush(): Token[] {
    if (this.#paste) return this.#endPaste();
    const rest = this.#rest;
    this.#rest = '';
    if (rest === '') return [];
    if (rest === '\x1b') this.#escapeFlushed = true;
    // One or two characters were typed (`ESC`, `ESC [`); a longer piece is a broken sequence and says nothing.
    if (rest.length > 2) return [];
    return Array.from(rest, (character) => key(character === '\x1b' ? 'esc' : character));
  }

  /** Returns where to go on, or -1 when `input` ends in the middle. */
  #readOne(input: string, at: number, tokens: Token[]): number {
    const code = input.charCodeAt(at);
    if (code === 0x1b) return this.#readEscape(input, at, tokens);
    if (code < 0x20 || code === 0x7f) {
      tokens.push(key(controlKey(code)));
      return at + 1;
    }
    return readText(input, at, tokens);
  }

  #readEscape(input: string, at: number, tokens: Token[]): number {
    if (at + 1 >= input.length) return -1;
    const kind = input[at + 1]!;
    switch (kind) {
      case '[':
        return this.#readCsi(input, at, tokens);
      case 'O':
        return readSs3(input, at, tokens);
      case ']':
      case 'P':
      case '^':
      case '_':
        return readString(input, at, tokens);
      case '\x1b':
        return readDoubleEscape(input, at, tokens);
    }
    return readAlt(input, at, tokens);
  }

  #readCsi(input: string, at: number, tokens: Token[]): number {
    let end = at + 2;
    if (input[end] === '[') {
      if (end + 1 >= input.length) return -1;
      const name = consoleKey(input[end + 1]!);
      if (name !== undefined) tokens.push(key(name));
      return end + 2;
    }
    while (end < input.length && isCsiMiddle(input.charCodeAt(end))) end++;
    if (end - at > MAX_SEQUENCE) return end;
    if (end >= input.length) return -1;
    const final = input[end]!;
    // Not a final byte: the sequence was cut short by something else, which is read on its own.
    if (final < '@' || final > '~') return end;
    const parameters = input.slice(at + 2, end);
    if (final === '~' && parameters === '200') {
      this.#paste = new PasteBuffer();
      return end + 1;
    }
    // X10 mouse reports carry three more bytes.
    if (final === 'M' && parameters === '') return at + 6 <= input.length ? at + 6 : -1;
    tokens.push(...csiTokens(parameters, final));
    return end + 1;
  }

  #endPaste(): Token[] {
    const paste = this.#paste!;
    this.#paste = undefined;
    this.#rest = '';
    return [{ kind: 'paste', text: paste.text(), truncated: paste.truncated }];
  }
}

function key(name: string): Token {
  return { kind: 'key', key: name };
}

function csiTokens(parameters: string, final: string): Token[] {
  if (parameters.startsWith('<') && (final === 'M' || final === 'm')) {
    const event = parseMouse(parameters.slice(1), final);
    return event ? [{ kind: 'mouse', event }] : [];
  }
  if (parameters === '' && (final === 'I' || final === 'O'))
    return [{ kind: 'focus', focused: final === 'I' }];
  if (final === 'n') return parameters === '0' || parameters === '3' ? [{ kind: 'status' }] : [];
  if (/^[?>=]/.test(parameters) || final === 'c' || final === 'y' || isCursorReport(parameters, final)) {
    return [{ kind: 'reply', sequence: `\x1b[${parameters}${final}` }];
  }
  const name = csiKey(parameters, final);
  return name === undefined ? [] : [key(name)];
}

/** `ESC [ row ; column R`; with row 1 it may be F3 with a modifier. */
function isCursorReport(parameters: string, final: string): boolean {
  return final === 'R' && /^\d+;\d+$/.test(parameters) && !parameters.startsWith('1;');
}

function isCsiMiddle(unit: number): boolean {
  return unit >= 0x20 && unit <= 0x3f;
}

function readSs3(input: string, at: number, tokens: Token[]): number {
  if (at + 2 >= input.length) return -1;
  const name = ss3Key(input[at + 2]!);
  if (name !== undefined) {
    tokens.push(key(name));
    return at + 3;
  }
  tokens.push(key('alt-O'));
  return at + 2;
}

/** OSC, DCS, PM and APC: answers such as the colour of the background; ended by BEL or ST. */
function readString(input: string, at: number, tokens: Token[]): number {
  for (let end = at + 2; end < input.length; end++) {
    const unit = input.charCodeAt(end);
    const isString = unit === 0x1b && input[end + 1] === '\\';
    if (unit === 0x07 || isString) {
      const next = end + (isString ? 2 : 1);
      tokens.push({ kind: 'reply', sequence: input.slice(at, next) });
      return next;
    }
  }
  return input.length - at > MAX_STRING ? input.length : -1;
}

/** Alt with an arrow comes as `ESC ESC [ A` from some terminals. */
function readDoubleEscape(input: string, at: number, tokens: Token[]): number {
  if (at + 2 >= input.length) return -1;
  tokens.push(key('esc'));
  return at + 1;
}

function readAlt(input: string, at: number, tokens: Token[]): number {
  const code = input.codePointAt(at + 1)!;
  const character = String.fromCodePoint(code);
  const name = code < 0x20 || code === 0x7f ? controlKey(code) : printableKey(character);
  const [, control] = /^ctrl-(.*)$/.exec(name) ?? [];
  tokens.push(key(control === undefined ? `alt-${name}` : `ctrl-alt-${control}`));
  return at + 1 + character.length;
}

/** A run of printable text: one key per grapheme, or a paste when nobody can have typed it. */
function readText(input: string, at: number, tokens: Token[]): number {
  let end = at;
  while (end < input.length && !isControl(input.charCodeAt(end))) end++;
  const text = input.slice(at, end);
  if (text.length > MAX_TYPED) {
    const paste = new PasteBuffer();
    paste.add(text, 0);
    tokens.push({ kind: 'paste', text: paste.text(), truncated: paste.truncated });
    return end;
  }
  for (const { segment } of graphemes(text)) {
    // What was no UTF-8, and invisible characters, are no keys.
    if (!/^[\p{Control}\p{Format}\p{Surrogate}\ufffd]/u.test(segment))
      tokens.push(key(printableKey(segment)));
  }
  return end;
}

function isControl(unit: number): boolean {
  return unit < 0x20 || unit === 0x7f;
}
