// What a program of the image is to a shell that cannot run any: a shell script, or something that is not for us.
import { RUN_COMMAND_PATH, SHELLS } from './shell-names.ts';

export type ProgramKind =
  | { readonly kind: 'script' }
  /** `interpreter` is that of a script in another language. */
  | { readonly kind: 'native'; readonly interpreter: string | undefined };

/** `head` is how the file begins. */
export function kindOfProgram(head: Uint8Array): ProgramKind {
  const text = Buffer.from(head).toString('latin1');
  if (!text.startsWith('#!')) {
    // Shells take a text without a shebang for a script of their own.
    return text.includes('\0') || text.startsWith('\x7fELF')
      ? { kind: 'native', interpreter: undefined }
      : { kind: 'script' };
  }
  const words = text.slice(2).split('\n', 1)[0]!.trim().split(/\s+/);
  const interpreter =
    nameOf(words[0]!) === 'env' ? (words.slice(1).find((word) => !word.startsWith('-')) ?? '') : words[0]!;
  const name = nameOf(interpreter) === 'busybox' ? (words[1] ?? '') : nameOf(interpreter);
  return SHELLS.has(name) ? { kind: 'script' } : { kind: 'native', interpreter };
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** The script that stands in for a program at `path`; undefined when it is one itself. */
export function scriptOf(path: string, head: Uint8Array): string | undefined {
  const found = kindOfProgram(head);
  if (found.kind === 'script') return undefined;
  return `${RUN_COMMAND_PATH} ${quoted(path)} ${quoted(found.interpreter ?? '')} "$@"\n`;
}

export function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
