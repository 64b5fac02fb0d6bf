// Mounts as the agent makes them, in its own namespace: by system calls where the native adapter is there, else by mount(8)
// and umount(8). A program costs some six milliseconds, a call less than one.
import { chdir, cwd } from 'node:process';
import { PhylloError } from '../../lib/errors.ts';
import type { NativeCalls } from '../../lib/native.ts';
import { runProgram } from '../../lib/run-program.ts';
import { safeText } from '../../lib/text.ts';

export interface MountCall {
  readonly type: 'overlay' | 'tmpfs';
  readonly target: string;
  /** Of the file system itself. */
  readonly options: string;
  /** Device nodes on it are no devices. */
  readonly noDevices?: boolean;
  /** Where relative paths in the options begin. */
  readonly from?: string;
}

export class MountCalls {
  private readonly native: NativeCalls | undefined;

  constructor(native: NativeCalls | undefined) {
    this.native = native;
  }

  /** Throws `engine-unavailable` with what the system said. */
  async mount(call: MountCall): Promise<void> {
    try {
      if (this.native) mountByCall(this.native, call);
      else await mountByProgram(call);
    } catch (error) {
      throw new PhylloError('engine-unavailable', `mount ${call.type}: ${reasonOf(error)}`, {
        hint: 'phyllo info tells what this machine lacks; the system log may say why.',
        cause: error,
      });
    }
  }

  /** What still uses it keeps it until it ends; nothing happens where nothing is mounted. */
  async unmount(target: string): Promise<void> {
    try {
      if (this.native) this.native.unmount(target);
      else await runProgram('umount', ['-l', target]);
    } catch {
      // It was not mounted.
    }
  }
}

/** The agent is alone in its process: nobody else minds where it stands for a moment. */
function mountByCall(
  native: NativeCalls,
  { type, target, options, noDevices, from = cwd() }: MountCall,
): void {
  const before = cwd();
  chdir(from);
  try {
    native.mount(type, target, { noDevices }, options);
  } finally {
    chdir(before);
  }
}

async function mountByProgram({ type, target, options, noDevices, from }: MountCall): Promise<void> {
  const all = noDevices ? `nodev,${options}` : options;
  await runProgram('mount', ['-t', type, '-o', all, type, target], { cwd: from });
}

function reasonOf(error: unknown): string {
  const said = (error as { stderr?: string }).stderr?.trim();
  if (said) return safeText(said);
  return error instanceof Error ? safeText(error.message) : 'refused';
}
