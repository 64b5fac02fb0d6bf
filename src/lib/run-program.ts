// Runs a small program of the system to its end.
import { type ExecFileOptions, execFile } from 'node:child_process';

/** What it wrote. Rejects with Node's error, which has `stderr`, when it fails or cannot be started. */
export function runProgram(
  program: string,
  args: readonly string[],
  options: ExecFileOptions = {},
): Promise<{ readonly stdout: string; readonly stderr: string }> {
  return new Promise((resolve, reject) => {
    execFile(program, args, { ...options, encoding: 'utf8' }, (error, stdout, stderr) => {
      if (error === null) resolve({ stdout, stderr });
      else reject(Object.assign(error, { stdout, stderr }));
    });
  });
}
