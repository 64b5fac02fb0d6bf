// A verb as data: what parsing, help, completion and the documentation are made from.
import type { Context } from './context.ts';

export interface VerbOption {
  /** As commander writes it: `-f, --filter <key=value>`. */
  readonly flags: string;
  readonly summary: string;
  /** May be given several times; the verb gets a list. */
  readonly repeats?: true;
  readonly choices?: readonly string[];
  /** A whole number, 0 or more. */
  readonly isNumber?: true;
}

/** What a verb ends with when it fails. */
export interface ExitCodes {
  /** The command line cannot be understood. */
  readonly usage: number;
  readonly failed: number;
}

/** What a verb's module exports: `options` is what its own VerbOptions make. */
export interface VerbModule {
  run(context: Context, args: readonly string[], options: never): Promise<void>;
}

export interface Verb {
  /** All its spellings; the first is the one that help lists, a space makes it part of a group. */
  readonly names: readonly [string, ...string[]];
  /** As commander writes it: `<image> [path]`. */
  readonly args?: string;
  /** What follows the first argument is not ours: it belongs to the program that is run. */
  readonly passThrough?: true;
  readonly summary: string;
  readonly options?: readonly VerbOption[];
  /** Where they are not 2 for wrong usage and arguments that cannot be, 1 for everything else. */
  readonly exitCodes?: ExitCodes;
  /** Complete command lines. */
  readonly examples: readonly string[];
  /** Loaded only when this verb runs. */
  readonly load: () => Promise<VerbModule>;
}

export const FORMAT: VerbOption = {
  flags: '--format <format>',
  summary: 'table, json, or a Go template such as {{.ID}}',
};
export const JSON_OUTPUT: VerbOption = { flags: '--json', summary: 'print one JSON document' };
export const PLATFORM: VerbOption = {
  flags: '--platform <platform>',
  summary: 'os/arch[/variant] to take where there are several',
};
export const UPTO: VerbOption = {
  flags: '--upto <layer>',
  summary: 'as the files are after this layer (default: the last)',
  isNumber: true,
};
