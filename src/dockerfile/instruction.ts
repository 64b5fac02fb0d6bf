// What a Dockerfile says, as data: instructions with their places in the text. Nothing is expanded here.

/** Both count from 1; columns count UTF-16 units. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** `end` is the place after the last character. */
export interface Range {
  readonly start: Position;
  readonly end: Position;
}

export interface Diagnostic {
  readonly severity: 'error' | 'warning';
  /** `syntax` for what makes a Dockerfile invalid, else the name of the check as BuildKit spells it (`StageNameCasing`). */
  readonly rule: string;
  /** One line without a full stop; may hold foreign text, not yet safe to show. */
  readonly message: string;
  readonly range: Range;
  /** What to do: `did you mean FROM?`. */
  readonly hint?: string;
}

export interface Directives {
  /** As written; the frontend that it names is never run. */
  readonly syntax?: string;
  readonly escape: '\\' | '`';
  readonly check: { readonly skip: readonly string[] | 'all'; readonly error: boolean };
}

export interface Heredoc {
  /** Delimiter without quotes; also the file's name in COPY and ADD. */
  readonly name: string;
  /** Lines between the marks with their line breaks; leading tabs are gone where `chomp`. */
  readonly body: string;
  /** `body` with the tabs that `chomp` takes away: what a shell gets that reads the mark itself. */
  readonly written: string;
  /** The delimiter had no quotes: `$` in the body of COPY and ADD is expanded. */
  readonly expand: boolean;
  readonly chomp: boolean;
  /** Of `3<<EOF`; default 0. */
  readonly fileDescriptor: number;
  readonly range: Range;
}

/** `--name=value`, quotes removed, not expanded. A bare boolean flag has the value `true`. */
export interface Flag {
  readonly name: string;
  readonly value: string;
  readonly range: Range;
}

export interface InstructionBase {
  readonly range: Range;
  /** The logical line without its heredocs: continuations joined, comments in them gone, as the shell of RUN gets it. */
  readonly text: string;
  readonly flags: readonly Flag[];
  /** Comment lines right above, without `#`. */
  readonly comments: readonly string[];
}

export interface Pair {
  readonly key: string;
  readonly value: string;
}

/** A shell string, or the words of the JSON form. */
export type CommandLine =
  | { readonly form: 'shell'; readonly script: string }
  | { readonly form: 'exec'; readonly argv: readonly string[] };

export interface FromInstruction extends InstructionBase {
  readonly keyword: 'FROM';
  readonly image: string;
  readonly platform?: string;
  /** As written; stage names compare in lower case. */
  readonly stageName?: string;
}

export interface ArgInstruction extends InstructionBase {
  readonly keyword: 'ARG';
  readonly args: readonly { readonly name: string; readonly value?: string }[];
}

export interface PairsInstruction extends InstructionBase {
  readonly keyword: 'ENV' | 'LABEL';
  readonly pairs: readonly Pair[];
  /** `ENV name value`. */
  readonly isLegacy: boolean;
}

/** One `--mount`: the options as written, in order; `source=a` as [`source`, `a`], a bare option with `true`. */
export interface RunMount {
  readonly options: readonly (readonly [name: string, value: string])[];
  readonly range: Range;
}

export interface RunInstruction extends InstructionBase {
  readonly keyword: 'RUN';
  readonly command: CommandLine;
  /** In the order of their marks. With a lone one the body is the script: `command.script` is the mark alone (`<<EOF`). */
  readonly heredocs: readonly Heredoc[];
  readonly mounts: readonly RunMount[];
  readonly network?: string;
  readonly security?: string;
}

export interface CopyInstruction extends InstructionBase {
  readonly keyword: 'COPY' | 'ADD';
  /** Paths, patterns, URLs; heredocs are no part of them. */
  readonly sources: readonly string[];
  readonly heredocs: readonly Heredoc[];
  readonly destination: string;
  readonly from?: string;
  readonly chown?: string;
  readonly chmod?: string;
  readonly link: boolean;
  readonly parents: boolean;
  readonly exclude: readonly string[];
  /** ADD alone. */
  readonly checksum?: string;
  readonly keepGitDir: boolean;
  /** ADD alone; undefined where it was not said. */
  readonly unpack?: boolean;
}

export interface PathInstruction extends InstructionBase {
  readonly keyword: 'WORKDIR' | 'USER' | 'STOPSIGNAL' | 'MAINTAINER';
  readonly value: string;
}

export interface ListInstruction extends InstructionBase {
  readonly keyword: 'VOLUME' | 'EXPOSE' | 'SHELL';
  readonly values: readonly string[];
}

export interface CommandInstruction extends InstructionBase {
  readonly keyword: 'CMD' | 'ENTRYPOINT';
  readonly command: CommandLine;
}

export interface HealthcheckInstruction extends InstructionBase {
  readonly keyword: 'HEALTHCHECK';
  /** undefined: NONE. */
  readonly command?: CommandLine;
  /** Nanoseconds, as the image config has them; 0 or absent: inherited. */
  readonly intervalNanos?: number;
  readonly timeoutNanos?: number;
  readonly startPeriodNanos?: number;
  readonly startIntervalNanos?: number;
  readonly retries?: number;
}

export interface OnbuildInstruction extends InstructionBase {
  readonly keyword: 'ONBUILD';
  /** What goes into the config: the rest of the line, with its heredocs. */
  readonly trigger: string;
  readonly instruction: Instruction;
}

export type Instruction =
  | FromInstruction
  | ArgInstruction
  | PairsInstruction
  | RunInstruction
  | CopyInstruction
  | PathInstruction
  | ListInstruction
  | CommandInstruction
  | HealthcheckInstruction
  | OnbuildInstruction;

export interface Dockerfile {
  readonly directives: Directives;
  /** Those that could be understood, in their order. */
  readonly instructions: readonly Instruction[];
  /** Sorted by place. With an error among them the file is not to be built. */
  readonly diagnostics: readonly Diagnostic[];
}
