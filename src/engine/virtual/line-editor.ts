// A terminal for a shell that has none: bytes of keys in, ANSI out. Keeps the line, its history, and tells of ctrl-c.
import { StringDecoder } from 'node:string_decoder';

const MAX_LINE = 64 * 1024;
const MAX_HISTORY = 1000;
const SEQUENCES: Readonly<Record<string, string>> = {
  '\x1b[A': 'up',
  '\x1bOA': 'up',
  '\x1b[B': 'down',
  '\x1bOB': 'down',
  '\x1b[C': 'right',
  '\x1bOC': 'right',
  '\x1b[D': 'left',
  '\x1bOD': 'left',
  '\x1b[H': 'home',
  '\x1bOH': 'home',
  '\x1b[1~': 'home',
  '\x1b[F': 'end',
  '\x1bOF': 'end',
  '\x1b[4~': 'end',
  '\x1b[3~': 'delete',
  '\x01': 'home',
  '\x02': 'left',
  '\x03': 'interrupt',
  '\x04': 'eof',
  '\x05': 'end',
  '\x06': 'right',
  '\x08': 'backspace',
  '\x09': 'tab',
  '\x0a': 'enter',
  '\x0b': 'kill',
  '\x0c': 'clear',
  '\x0d': 'enter',
  '\x0e': 'down',
  '\x10': 'up',
  '\x15': 'erase',
  '\x17': 'word',
  '\x7f': 'backspace',
};
// oxlint-disable-next-line no-control-regex -- these are the bytes that keys send
const KEY = /\x1b\[[0-9;]*[A-Za-z~]|\x1bO[A-Z]|\x1b[^[O]|[\s\S]/gu;

export interface LineEditorHooks {
  write(text: string): void;
  /** ctrl-c while no line is being asked for. */
  interrupt(): void;
  /** What could stand in for the word that ends the text; whole words. */
  complete(word: string): readonly string[];
}

interface Asked {
  readonly prompt: string;
  readonly resolve: (line: string | undefined) => void;
}

export class LineEditor {
  private readonly hooks: LineEditorHooks;
  private readonly decoder = new StringDecoder('utf8');
  private readonly history: string[] = [];
  /** Typed while a command ran. */
  private ahead: string[] = [];
  private asked: Asked | undefined;
  private line: string[] = [];
  private cursor = 0;
  private historyAt = 0;
  private draft = '';
  private ended = false;

  constructor(hooks: LineEditorHooks) {
    this.hooks = hooks;
  }

  /** Undefined at the end of the input. */
  ask(prompt: string): Promise<string | undefined> {
    return new Promise((resolve) => {
      this.asked = { prompt, resolve };
      this.line = [];
      this.cursor = 0;
      this.historyAt = this.history.length;
      this.hooks.write(prompt);
      if (this.ended) return this.answer(undefined);
      for (const key of this.ahead.splice(0)) this.key(key);
    });
  }

  push(data: Uint8Array): void {
    for (const [key] of this.decoder.write(Buffer.from(data)).matchAll(KEY)) {
      if (this.asked !== undefined) this.key(key);
      else if (key === '\x03') {
        this.ahead = [];
        this.hooks.write('^C\r\n');
        this.hooks.interrupt();
      } else if (this.ahead.length < MAX_LINE) this.ahead.push(key);
    }
  }

  end(): void {
    this.ended = true;
    this.answer(undefined);
  }

  private key(key: string): void {
    if (this.asked === undefined) {
      this.ahead.push(key);
      return;
    }
    const action = SEQUENCES[key];
    if (action !== undefined) this.act(action);
    else if (key >= ' ' && !key.startsWith('\x1b') && this.line.length < MAX_LINE) this.insert([key]);
  }

  private act(action: string): void {
    switch (action) {
      case 'enter':
        return this.enter();
      case 'interrupt':
        this.hooks.write('^C\r\n');
        return this.answer('');
      case 'eof':
        if (this.line.length > 0) return this.erase(this.cursor, this.cursor + 1);
        this.hooks.write('\r\n');
        return this.answer(undefined);
      case 'left':
      case 'right':
        return this.moveTo(this.cursor + (action === 'left' ? -1 : 1));
      case 'home':
        return this.moveTo(0);
      case 'end':
        return this.moveTo(this.line.length);
      case 'backspace':
        return this.erase(this.cursor - 1, this.cursor);
      case 'delete':
        return this.erase(this.cursor, this.cursor + 1);
      case 'kill':
        return this.erase(this.cursor, this.line.length);
      case 'erase':
        return this.erase(0, this.cursor);
      case 'word':
        return this.erase(this.wordStart(), this.cursor);
      case 'clear':
        this.hooks.write('\x1b[H\x1b[2J');
        return this.redraw();
      case 'up':
      case 'down':
        return this.recall(this.historyAt + (action === 'up' ? -1 : 1));
      case 'tab':
        return this.complete();
    }
  }

  private enter(): void {
    const line = this.line.join('');
    this.hooks.write('\r\n');
    if (line.trim() !== '' && this.history.at(-1) !== line) this.history.push(line);
    if (this.history.length > MAX_HISTORY) this.history.shift();
    this.answer(line);
  }

  private answer(line: string | undefined): void {
    const { asked } = this;
    this.asked = undefined;
    asked?.resolve(line);
  }

  private insert(characters: readonly string[]): void {
    this.line.splice(this.cursor, 0, ...characters);
    this.cursor += characters.length;
    if (this.cursor === this.line.length) this.hooks.write(characters.join(''));
    else this.redraw();
  }

  private erase(from: number, to: number): void {
    const start = Math.max(0, from);
    if (start >= Math.min(to, this.line.length)) return;
    this.line.splice(start, to - start);
    this.cursor = start;
    this.redraw();
  }

  private moveTo(cursor: number): void {
    this.cursor = Math.max(0, Math.min(this.line.length, cursor));
    this.redraw();
  }

  private recall(at: number): void {
    if (at < 0 || at > this.history.length) return;
    if (this.historyAt === this.history.length) this.draft = this.line.join('');
    this.historyAt = at;
    this.line = Array.from(this.history[at] ?? this.draft);
    this.cursor = this.line.length;
    this.redraw();
  }

  private wordStart(): number {
    let at = this.cursor;
    while (at > 0 && this.line[at - 1] === ' ') at--;
    while (at > 0 && this.line[at - 1] !== ' ') at--;
    return at;
  }

  private complete(): void {
    const word = this.line.slice(this.wordStart(), this.cursor).join('').trimStart();
    const found = this.hooks.complete(word);
    if (found.length === 0) return;
    const shared = found.reduce((common, text) => commonStart(common, text));
    if (shared.length > word.length) return this.insert(Array.from(shared.slice(word.length)));
    if (found.length > 1) {
      this.hooks.write(
        `\r\n${found.map((text) => text.slice(text.lastIndexOf('/', text.length - 2) + 1)).join('  ')}\r\n`,
      );
      this.redraw();
    }
  }

  private redraw(): void {
    const rest = this.line.length - this.cursor;
    const back = rest > 0 ? `\x1b[${rest}D` : '';
    this.hooks.write(`\r\x1b[K${this.asked?.prompt ?? ''}${this.line.join('')}${back}`);
  }
}

function commonStart(a: string, b: string): string {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length++;
  return a.slice(0, length);
}
