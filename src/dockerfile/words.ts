// Splits the arguments of an instruction to words, each with its place.

export interface Word {
  readonly text: string;
  /** Offsets in the logical line. */
  readonly from: number;
  readonly to: number;
}

/** `text` without blanks around it starts at offset `start`. Quotes mean nothing here. */
export function blankWords(text: string, start: number): readonly Word[] {
  return Array.from(text.matchAll(/[^\t\v\f\r ]+/g), ({ 0: word, index }) => {
    return { text: word, from: start + index, to: start + index + word.length };
  });
}

export interface QuotedWord extends Word {
  /** Offset of a quote that is never closed. */
  readonly openQuote?: number;
}

/** Words where quotes and the escape character keep blanks inside; both stay in the text. */
export function quotedWords(text: string, start: number, escape: string): readonly QuotedWord[] {
  const words: QuotedWord[] = [];
  let at = 0;
  while (at < text.length) {
    if (isSpace(text[at]!)) {
      at++;
      continue;
    }
    const word = quotedWord(text, at, start, escape);
    if (word.text !== '') words.push(word);
    at = word.to - start;
  }
  return words;
}

function quotedWord(text: string, first: number, start: number, escape: string): QuotedWord {
  let quote = '';
  let quoteAt = 0;
  let at = first;
  // An escape character at the very end has nothing to escape: it is dropped.
  let end: number | undefined;
  for (; at < text.length; at++) {
    const character = text[at]!;
    if (character === escape && quote !== "'") {
      if (at + 1 === text.length) end = at;
      at++;
    } else if (quote !== '') {
      if (character === quote) quote = '';
    } else if (isSpace(character)) {
      break;
    } else if (character === '"' || character === "'") {
      quote = character;
      quoteAt = at;
    }
  }
  const to = Math.min(at, text.length);
  const word = { text: text.slice(first, end ?? to), from: start + first, to: start + to };
  return quote === '' ? word : { ...word, openQuote: start + quoteAt };
}

export function isSpace(character: string): boolean {
  if (character < '\x80') return character === ' ' || (character >= '\t' && character <= '\r');
  return /\s/.test(character);
}
