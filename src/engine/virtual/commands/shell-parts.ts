// Parts of a shell that just-bash lacks: opening files before a command runs, and `trap` as far as it ignores signals.
import { OPEN_COMMAND, TERMINAL_COMMAND } from '../guarded-script.ts';
import { errnoOf } from '../errno.ts';
import { isTerminal } from './terminal.ts';
import { type Run, type Shell, absolute, output } from './command.ts';

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'nonexistent directory',
  EISDIR: 'Is a directory',
  ENOTDIR: 'Not a directory',
  EACCES: 'Permission denied',
  EROFS: 'Read-only file system',
  ENOSPC: 'No space left on device',
};

export function open(shell: Shell): Run {
  return async (paths, context) => {
    for (const path of paths) {
      try {
        await shell.files.remote.call('open', absolute(context, path));
      } catch (error) {
        const reason = REASONS[errnoOf(error) ?? ''] ?? 'cannot be opened';
        return { stdout: '', stderr: `sh: can't create ${path}: ${reason}\n`, exitCode: 1 };
      }
    }
    return output('');
  };
}

/** No handler is ever run: a signal that is not ignored ends the shell. */
export function trap(shell: Shell): Run {
  return async ([action, ...signals]) => {
    if (action === undefined || action.startsWith('-')) return output('');
    await shell.files.remote.call('ignore', signals, action === '');
    return output('');
  };
}

export const SHELL_PARTS: Readonly<Record<string, (shell: Shell) => Run>> = {
  [OPEN_COMMAND]: open,
  [TERMINAL_COMMAND]: isTerminal,
  trap,
};
