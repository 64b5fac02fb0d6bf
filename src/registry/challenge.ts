// WWW-Authenticate headers (RFC 9110, 11.6.1), taken apart in one pass.

export interface Challenge {
  /** Lower case. */
  readonly scheme: string;
  /** Names in lower case. */
  readonly parameters: ReadonlyMap<string, string>;
}

const SPACE = /[ \t]/;
const TOKEN = /[!#$%&'*+.^_`|~\w-]/;
const MAX_HEADER = 16 * 1024;

/** All challenges of a header; what cannot be read ends the list. */
export function parseChallenges(header: string): Challenge[] {
  const reader = new Reader(header.slice(0, MAX_HEADER));
  const challenges: { scheme: string; parameters: Map<string, string> }[] = [];
  for (reader.skip(); !reader.atEnd; reader.skip()) {
    const name = reader.token();
    if (name === '') break;
    reader.spaces();
    if (!reader.take('=')) {
      challenges.push({ scheme: name.toLowerCase(), parameters: new Map() });
      continue;
    }
    reader.spaces();
    const value = reader.value();
    const current = challenges.at(-1);
    if (value === undefined || current === undefined) break;
    // The first one counts: a second realm must not replace what others have seen.
    if (!current.parameters.has(name.toLowerCase())) current.parameters.set(name.toLowerCase(), value);
  }
  return challenges;
}

class Reader {
  private readonly text: string;
  private at = 0;

  constructor(text: string) {
    this.text = text;
  }

  get atEnd(): boolean {
    return this.at >= this.text.length;
  }

  take(character: string): boolean {
    if (this.text[this.at] !== character) return false;
    this.at++;
    return true;
  }

  spaces(): void {
    while (!this.atEnd && SPACE.test(this.text[this.at]!)) this.at++;
  }

  /** Spaces and commas. */
  skip(): void {
    do this.spaces();
    while (this.take(','));
  }

  token(): string {
    const start = this.at;
    while (!this.atEnd && TOKEN.test(this.text[this.at]!)) this.at++;
    return this.text.slice(start, this.at);
  }

  /** A token or a quoted string; undefined when neither is there, or the quotes are not closed. */
  value(): string | undefined {
    if (!this.take('"')) return this.token() || undefined;
    let value = '';
    while (!this.atEnd) {
      const character = this.text[this.at++]!;
      if (character === '"') return value;
      value += character === '\\' ? (this.text[this.at++] ?? '') : character;
    }
    return undefined;
  }
}

/** The one to answer: a token rather than a password. */
export function chooseChallenge(challenges: readonly Challenge[]): Challenge | undefined {
  return (
    challenges.find(({ scheme }) => scheme === 'bearer') ??
    challenges.find(({ scheme }) => scheme === 'basic')
  );
}
