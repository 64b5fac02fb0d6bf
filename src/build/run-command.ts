// What RUN runs: the words of the program, and the text that history shows of it. Pure.
import { posix } from 'node:path';
import { loneHeredoc } from '../dockerfile/heredoc.ts';
import type { RunInstruction } from '../dockerfile/instruction.ts';
import { maskedValue } from './build-args.ts';
import { commandOf } from './metadata-step.ts';
import type { StageState } from './stage-state.ts';

export interface RunCommand {
  readonly argv: readonly string[];
  /** A heredoc that names its own program (`#!`): to be there, executable, while the step runs. */
  readonly file?: { readonly path: string; readonly content: string };
}

const SCRIPT_FOLDER = '/dev/pipes';

export function runCommand(state: StageState, instruction: RunInstruction): RunCommand {
  const { command, heredocs } = instruction;
  if (command.form === 'exec') return { argv: command.argv };
  const lone = loneHeredoc(instruction);
  if (lone?.body.startsWith('#!')) {
    // Hostile, too: the last part of it alone names the file.
    const path = `${SCRIPT_FOLDER}/${posix.basename(lone.name)}`;
    return { argv: shellWords(state, path), file: { path, content: lone.body } };
  }
  if (lone) return { argv: shellWords(state, lone.body) };
  const bodies = heredocs.map(({ name, written }) => `\n${written}${name}`).join('');
  return { argv: shellWords(state, command.script + bodies) };
}

function shellWords(state: StageState, script: string): readonly string[] {
  return commandOf(state, { form: 'shell', script });
}

/** With the stage's arguments in front: `RUN |1 VERSION=2 /bin/sh -c make # buildkit`. */
export function runHistory(state: StageState, argv: readonly string[]): string {
  const values = new Map(
    state.args.map(({ name, value }) => [name, maskedValue(name, state.env.get(name) ?? value ?? '')]),
  );
  const args = [...values].map(([name, value]) => `${name}=${value}`);
  const counted = args.length === 0 ? [] : [`|${args.length}`, ...args];
  return `RUN ${[...counted, ...argv].join(' ')} # buildkit`;
}
