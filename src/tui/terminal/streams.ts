// The little that we ask of a terminal's streams. A tty, an SSH channel and a test double all fit.

type OutputEvent = 'resize' | 'drain' | 'close' | 'error';

export interface TerminalOutput {
  readonly columns?: number;
  readonly rows?: number;
  /** False means: hold back until 'drain'. */
  write(text: string): boolean;
  on(event: OutputEvent, listener: () => void): unknown;
  off(event: OutputEvent, listener: () => void): unknown;
}

type InputEvent = 'end' | 'close' | 'error';
type DataListener = (chunk: Uint8Array | string) => void;

export interface TerminalInput {
  setRawMode?(raw: boolean): unknown;
  resume(): unknown;
  pause(): unknown;
  on(event: 'data', listener: DataListener): unknown;
  on(event: InputEvent, listener: () => void): unknown;
  off(event: 'data', listener: DataListener): unknown;
  off(event: InputEvent, listener: () => void): unknown;
}
