// Reads the terminal's input stream instead of Ink, which loses keys that arrive together (its `useInput` sees `jj`
// as one key). All keys of a chunk are handed on as one batch, so that the app makes one state change of them.
import { systemClock, type Clock } from './clock.ts';
import { KeyTokens, type Token } from './key-tokens.ts';
import type { MouseEvent } from './mouse.ts';
import { type RawPiece, RawKeys } from './raw-keys.ts';
import type { TerminalInput } from './streams.ts';

/** Where input goes as it is: into the terminal of a container. */
export interface RawSink {
  /** Names of the keys that lead out again. */
  readonly leaveKeys: readonly string[];
  onBytes(bytes: Uint8Array): void;
  onPaste(bytes: Uint8Array): void;
  onLeave(): void;
}

export interface KeyHandlers {
  /** Named keys in the order they came: `j`, `G`, `enter`, `ctrl-d`, `shift-tab`, `space`, … Never empty. */
  onKeys(keys: readonly string[]): void;
  /** Pasted text, one line, at most 64 KiB. */
  onPaste?(text: string, truncated: boolean): void;
  onMouse?(events: readonly MouseEvent[]): void;
  onFocus?(focused: boolean): void;
  /** The terminal answered a status question. */
  onStatus?(): void;
  /** Any other answer of the terminal, the whole escape sequence. */
  onReply?(sequence: string): void;
  /** Asked for every chunk: while there is one, no keys are told. */
  raw?(): RawSink | undefined;
  /** The input ended or broke: nobody can press a key any more. */
  onEnd?(): void;
}

/** An ESC that nothing follows for this long is the key. */
const ESCAPE_MS = 50;
/** The rest of a sequence may be in another packet. */
const SEQUENCE_MS = 500;
/** A paste whose end never comes must not swallow keys for ever. */
const PASTE_MS = 10_000;

export class KeyReader {
  readonly #input: TerminalInput;
  readonly #handlers: KeyHandlers;
  readonly #clock: Clock;
  #tokens = new KeyTokens();
  #raw = new RawKeys();
  #cancelFlush: (() => void) | undefined;
  #reading = false;

  constructor(input: TerminalInput, handlers: KeyHandlers, clock: Clock = systemClock) {
    this.#input = input;
    this.#handlers = handlers;
    this.#clock = clock;
  }

  /** Raw mode on; keys come from now on. */
  start(): void {
    if (this.#reading) return;
    this.#reading = true;
    this.#tokens = new KeyTokens();
    this.#raw = new RawKeys();
    this.#input.on('data', this.#data);
    this.#input.on('end', this.#ended);
    this.#input.on('close', this.#ended);
    this.#input.on('error', this.#ended);
    this.#input.setRawMode?.(true);
    this.#input.resume();
  }

  /** Raw mode off; what comes now is for somebody else. May be started again. */
  stop(): void {
    if (!this.#reading) return;
    this.#reading = false;
    this.#cancelFlush?.();
    this.#cancelFlush = undefined;
    this.#input.off('data', this.#data);
    this.#input.off('end', this.#ended);
    this.#input.off('close', this.#ended);
    // The error listener stays: without one, a terminal that dies later would end the process.
    this.#input.pause();
    this.#setCooked();
  }

  #setCooked(): void {
    try {
      this.#input.setRawMode?.(false);
    } catch {
      // The terminal is gone already; there is no mode left to restore.
    }
  }

  readonly #data = (chunk: Uint8Array | string): void => {
    this.#cancelFlush?.();
    this.#cancelFlush = undefined;
    if (this.#handlers.raw?.()) return this.#passOn(chunk);
    this.#deliver(this.#tokens.feed(chunk));
    const { pending } = this.#tokens;
    if (!this.#reading || pending === undefined) return;
    const waitMs = { escape: ESCAPE_MS, sequence: SEQUENCE_MS, paste: PASTE_MS }[pending];
    this.#cancelFlush = this.#clock.after(waitMs, () => {
      this.#cancelFlush = undefined;
      this.#deliver(this.#tokens.flush());
    });
  };

  #passOn(chunk: Uint8Array | string): void {
    const bytes = typeof chunk === 'string' ? new TextEncoder().encode(chunk) : chunk;
    this.#deliverRaw(this.#raw.feed(bytes, this.#handlers.raw!()!.leaveKeys));
    if (!this.#reading || !this.#raw.pending) return;
    this.#cancelFlush = this.#clock.after(ESCAPE_MS, () => {
      this.#cancelFlush = undefined;
      this.#deliverRaw(this.#raw.flush());
    });
  }

  #deliverRaw(pieces: readonly RawPiece[]): void {
    for (const piece of pieces) {
      const sink = this.#handlers.raw?.();
      if (piece.kind === 'bytes') sink?.onBytes(piece.bytes);
      else if (piece.kind === 'paste') sink?.onPaste(piece.bytes);
      else if (piece.kind === 'mouse') this.#handlers.onMouse?.([piece.event]);
      else if (piece.kind === 'status') this.#handlers.onStatus?.();
      else {
        sink?.onLeave();
        if (piece.rest.length > 0) this.#data(piece.rest);
      }
    }
  }

  readonly #ended = (): void => {
    if (!this.#reading) return;
    this.stop();
    this.#handlers.onEnd?.();
  };

  /** In order of arrival, keys and mouse events in as few batches as that allows. */
  #deliver(tokens: readonly Token[]): void {
    let keys: string[] = [];
    let mouse: MouseEvent[] = [];
    const handOn = (): void => {
      if (keys.length > 0) this.#handlers.onKeys(keys);
      if (mouse.length > 0) this.#handlers.onMouse?.(mouse);
      keys = [];
      mouse = [];
    };
    for (const token of tokens) {
      if (token.kind === 'key') {
        if (mouse.length > 0) handOn();
        keys.push(token.key);
      } else if (token.kind === 'mouse') {
        if (keys.length > 0) handOn();
        mouse.push(token.event);
      } else if (token.kind === 'paste') {
        handOn();
        this.#handlers.onPaste?.(token.text, token.truncated);
      } else {
        this.#deliverReply(token);
      }
    }
    handOn();
  }

  /** Answers have no order with keys, and must not tear a batch of them apart. */
  #deliverReply(token: Token): void {
    if (token.kind === 'status') this.#handlers.onStatus?.();
    else if (token.kind === 'focus') this.#handlers.onFocus?.(token.focused);
    else if (token.kind === 'reply') this.#handlers.onReply?.(token.sequence);
  }
}
