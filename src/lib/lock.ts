// Advisory locks between processes: flock(2) on an open file, gone with the process however it ends. Through koffi, else
// flock(1), which locks the open file that it inherits.
import { spawn } from 'node:child_process';
import { type FileHandle, open, readFile } from 'node:fs/promises';
import { pid } from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { PhylloError, isSystemError } from './errors.ts';
import { loadNative } from './native.ts';

export type LockMode = 'shared' | 'exclusive';

export interface LockOptions {
  readonly mode: LockMode;
  /** What the lock is held for; others are told. */
  readonly purpose: string;
  /** How long to wait for it; 0 tries once. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
  /** Called once when it has to be waited for, with a text like `process 12 (load)`. */
  readonly onWait?: (holder: string) => void;
}

export interface Lock {
  release(): Promise<void>;
}

const POLL_MS = 20;

type TryLock = (file: FileHandle, mode: LockMode) => boolean | Promise<boolean>;

/** Takes locks; finds out once, on first use, how this system can. */
export class Locker {
  private tryLock: TryLock | undefined;

  /** Throws `locked` when it cannot be had in time, `cancelled` on the signal. The file is made if absent. */
  async acquire(path: string, options: LockOptions): Promise<Lock> {
    const file = await open(path, 'a+', 0o600);
    try {
      await this.wait(file, path, options);
      if (options.mode === 'exclusive') await sign(file, options.purpose);
      return { release: () => file.close() };
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  private async wait(file: FileHandle, path: string, options: LockOptions): Promise<void> {
    const deadline = performance.now() + options.timeoutMs;
    this.tryLock ??= lockCall();
    for (let told = false; !(await this.tryLock(file, options.mode)); told = true) {
      if (options.signal?.aborted) throw new PhylloError('cancelled', `lock ${path}: cancelled`);
      const holder = await holderOf(path);
      if (!told) options.onWait?.(holder);
      if (performance.now() >= deadline) {
        throw new PhylloError('locked', `lock ${path}: held by ${holder}`, {
          hint: 'Wait for it to end, then try again.',
        });
      }
      await sleep(POLL_MS);
    }
  }
}

function lockCall(): TryLock {
  const native = loadNative();
  return native ? (file, mode) => native.tryLock(file.fd, mode) : tryFlockProgram;
}

/** Exit code 1 of flock(1) with -n means held by another. */
function tryFlockProgram(file: FileHandle, mode: LockMode): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const child = spawn('flock', [mode === 'shared' ? '-s' : '-x', '-n', '3'], {
      stdio: ['ignore', 'ignore', 'ignore', file.fd],
    });
    child.once('error', (error) => {
      const reason = isSystemError(error, 'ENOENT') ? 'neither koffi nor flock(1) is there' : error.message;
      reject(
        new PhylloError('unsupported', `lock file: ${reason}`, { hint: 'Install util-linux.', cause: error }),
      );
    });
    child.once('exit', (code) => resolve(code === 0));
  });
}

/** Only a note for people: the lock itself is the kernel's. */
async function sign(file: FileHandle, purpose: string): Promise<void> {
  await file.truncate(0);
  await file.write(`${pid} ${purpose}\n`);
}

async function holderOf(path: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch(() => '');
  const match = /^(\d+) ([\w .:-]*)/.exec(text);
  return match ? `process ${match[1]} (${match[2]})` : 'another process';
}
