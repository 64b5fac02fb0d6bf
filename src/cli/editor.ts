// The user's own editor, on the terminal that phyllo draws on otherwise.
import { spawn } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import process from 'node:process';
import { PhylloError, toPhylloError } from '../lib/errors.ts';
import { safeText } from '../lib/text.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** Where nothing is set, the first that there is. */
const USUAL = ['vi', 'nano'];
/** What a shell ends with when it can run no such program. */
const NO_PROGRAM: ReadonlySet<number | null> = new Set([126, 127]);
const WAITING = 'phyllo: waiting for the editor to end … ';

/** Of these `-c` is all that every one of them knows: +LINE is the name of a file to the vi of busybox. */
const BY_COMMAND = /^(?:vi|view|ex)$/;
const BY_PLUS =
  /^(?:[gr]?vim|nvim|nvi|elvis|vis|kak|hx|helix|nano|pico|micro|joe|jmacs|ne|emacs|emacsclient|mg|zile)$/;

/** Resolves when it has ended. Throws `not-found` where there is none, `io` for one that failed. */
export async function runEditor(path: string, line: number, env: Env): Promise<void> {
  const doing = `edit ${safeText(path)}`;
  const editor = await chosenEditor(env);
  if (editor === undefined) {
    const hint = 'Set VISUAL or EDITOR to one.';
    throw new PhylloError('not-found', `${doing}: there is no editor`, { hint });
  }
  const name = safeText(editor);
  const { code, signal } = await ran(editor, [...lineArguments(editor, line), path], env).catch(
    (error: unknown) => {
      throw toPhylloError(error, `${doing} with ${name}`);
    },
  );
  if (NO_PROGRAM.has(code)) {
    const hint = 'VISUAL, or else EDITOR, says which editor it is.';
    throw new PhylloError('not-found', `${doing}: ${name} cannot be run`, { hint });
  }
  if (code === 0) return;
  const hint = 'What it has written is in the file; read it again to go on from there.';
  throw new PhylloError('io', `${doing}: ${name} ended with ${signal ?? code}`, { hint });
}

/** Undefined where there is none. */
export async function chosenEditor({ VISUAL, EDITOR, PATH = '' }: Env): Promise<string | undefined> {
  const wanted = [VISUAL, EDITOR].find((editor) => editor !== undefined && editor.trim() !== '');
  if (wanted !== undefined) return wanted;
  for (const name of USUAL) if (await isThere(name, PATH)) return name;
  return undefined;
}

async function isThere(name: string, path: string): Promise<boolean> {
  const folders = path.split(delimiter).filter((folder) => folder !== '');
  const found = await Promise.all(
    folders.map((folder) =>
      access(join(folder, name), constants.X_OK).then(
        () => true,
        () => false,
      ),
    ),
  );
  return found.includes(true);
}

/** What makes the editor begin at a line; nothing for one that is not known. */
export function lineArguments(editor: string, line: number): string[] {
  const name = programName(editor);
  if (BY_COMMAND.test(name)) return ['-c', String(line)];
  return BY_PLUS.test(name) ? [`+${line}`] : [];
}

/** `"/usr/bin/vim.basic" -u NONE` is vim. */
function programName(editor: string): string {
  const words = /^\s*(?:"([^"]*)"|'([^']*)'|(\S+))/.exec(editor)?.slice(1) ?? [];
  return words
    .join('')
    .replace(/^.*[/\\]/, '')
    .replace(/[-.\d].*$/, '');
}

/** A shell that stays does not end by ctrl-C before its editor does; where it can, it makes way for it. */
export function shellText(editor: string): string {
  const makesWay = /^[^;&|<>(){}=!`\n]+$/.test(editor);
  return `trap : INT QUIT; ${makesWay ? 'exec ' : ''}${editor} "$@"`;
}

/** The words of the editor are the shell's to read, as with git; those of phyllo's own are not. */
function ran(
  editor: string,
  args: readonly string[],
  env: Env,
): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
  // One with a window of its own leaves the terminal as it is.
  process.stdout.write(WAITING);
  const child = spawn('sh', ['-c', shellText(editor), editor, ...args], { stdio: 'inherit', env });
  // Whoever ends phyllo means to have the terminal back; an editor keeps a copy of what was typed.
  const pass = (signal: NodeJS.Signals): void => void child.kill(signal);
  for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.on(signal, pass);
  return new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code, signal) => resolve({ code, signal }));
  }).finally(() => {
    for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.off(signal, pass);
    process.stdout.write('\r\x1b[K');
  });
}
