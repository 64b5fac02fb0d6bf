// What programs ask of the terminal that they have.
import { type Run, type Shell, failed, output } from './command.ts';

const NO_TERMINAL = 'standard input: Inappropriate ioctl for device';

/** Tells the size; the rest of a terminal is not simulated, and cannot be set. */
export function stty(shell: Shell): Run {
  return async ([wanted = '']) => {
    const size = await shell.files.remote.call('size');
    if (size === undefined) return failed('stty', NO_TERMINAL);
    if (wanted === 'size') return output(`${size.rows} ${size.columns}\n`);
    if (wanted === '' || wanted === '-a' || wanted === '--all')
      return output(`speed 38400 baud; rows ${size.rows}; columns ${size.columns};\n`);
    return failed('stty', 'cannot set the terminal (the virtual engine simulates)');
  };
}

export function tty(shell: Shell): Run {
  return async () => {
    const size = await shell.files.remote.call('size');
    return size === undefined ? output('not a tty\n', 1) : output('/dev/tty\n');
  };
}

/** `test -t N`: every stream of a process with a terminal is that. */
export function isTerminal(shell: Shell): Run {
  return async () => output('', (await shell.files.remote.call('size')) === undefined ? 1 : 0);
}
