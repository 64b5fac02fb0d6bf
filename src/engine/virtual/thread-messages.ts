// What the thread of a shell and the process that holds the files say to each other.
import type { ErrorCode } from '../../lib/errors.ts';
import type { TerminalSize } from '../io.ts';
import type { ProcessIds } from '../linux/runtime.ts';
import type { Attributes, NewInode } from './tree-change.ts';
import type { FileEntry, FileStat } from './file-stat.ts';

/** Given to the thread when it starts. */
export interface ThreadStart {
  readonly program: StartProgram;
  /** Whether the image has a shell; one without gets all commands that we simulate. */
  readonly hasShell: boolean;
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly ids: ProcessIds;
  readonly hostname: string;
  readonly tty: boolean;
  /** Standard input was given: it is read to its end, or line by line by a shell without a script. */
  readonly stdin: boolean;
  /** One 32 bit number: not 0 asks the running command to stop. */
  readonly interrupt: SharedArrayBuffer;
  /** Code that a shell runs first when it takes over from one that was ended. */
  readonly prelude: string;
}

export type StartProgram =
  /** A shell that reads its commands from its input. */
  | { readonly kind: 'interactive' }
  | {
      readonly kind: 'script';
      readonly source: string;
      readonly name: string;
      readonly args: readonly string[];
    }
  | {
      readonly kind: 'command';
      readonly path: string;
      readonly name: string;
      readonly args: readonly string[];
    };

/** Paths are byte names with a leading slash. */
export interface ThreadCalls {
  stat(path: string, follow: boolean): FileStat;
  list(path: string): FileEntry[];
  realpath(path: string): string;
  /** A range of a file; Infinity reads to its end. */
  read(path: string, offset: number, length: number): Promise<Uint8Array>;
  write(path: string, data: Uint8Array): Promise<void>;
  append(path: string, data: Uint8Array): Promise<void>;
  mkdir(path: string, mode: number): void;
  symlink(link: string, path: string): void;
  make(path: string, made: NewInode): void;
  link(from: string, path: string): void;
  remove(path: string, recursive: boolean): void;
  rename(from: string, to: string): void;
  set(path: string, set: Attributes, follow: boolean): void;
  /** Throws when the file could not be written. */
  open(path: string): void;
  /** Undefined without a terminal. */
  size(): TerminalSize | undefined;
  /** Names of signals that shall have no effect, or have one again. */
  ignore(signals: readonly string[], isIgnored: boolean): void;
  /** Resolves when there is room for more. */
  output(stream: 'stdout' | 'stderr', data: Uint8Array): Promise<void>;
  /** The next line of the input; undefined at its end. */
  line(prompt: LinePrompt): Promise<string | undefined>;
  /** The next line of the input with its line feed; undefined at its end. */
  inputLine(): Promise<Uint8Array | undefined>;
  /** All of the input. */
  input(): Promise<Uint8Array>;
}

export interface LinePrompt {
  readonly continues: boolean;
  /** Code that makes the functions that were defined so far. */
  readonly prelude: string;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

export interface CallMessage {
  readonly call: number;
  readonly method: keyof ThreadCalls;
  readonly args: readonly unknown[];
}

export interface AnswerMessage {
  readonly call: number;
  readonly value?: unknown;
  readonly error?: { readonly code: ErrorCode; readonly message: string; readonly errno?: string };
}

/** The last that a thread says. */
export interface EndMessage {
  readonly exitCode: number;
}
