// Advisory locks between processes: flock(2) on an open file, gone with the process however it ends. Through koffi, else
// flock(1), which locks the open file that it inherits. The file itself is opened, written and closed at once: each takes
// microseconds, and the way through the thread pool takes ten times as long.
import { spawn } from 'node:child_process';
import { closeSync, constants, fstatSync, ftruncateSync, openSync, statSync, writeSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { pid } from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { PhylloError, isSystemError, toPhylloError } from './errors.ts';
import { loadNative } from './native.ts';

export type LockMode = 'shared' | 'exclusive';

export interface LockOptions {
  readonly mode: LockMode;
  /** What the lock is held for; others are told. */
  readonly purpose: string;
  /** How long to wait for it; 0 tries once. */
  readonly timeoutMs: number;
  /** An absent file is `not-found`; else it is made. */
  readonly mustExist?: boolean;
  readonly signal?: AbortSignal;
  /** Called once when it has to be waited for, with a text like `process 12 (load)`. */
  readonly onWait?: (holder: string) => void;
}

export interface Lock {
  /** Safe to call twice. */
  release(): Promise<void>;
  /** Is the locked file still the one at `path`, or was it removed while it was waited for? */
  isAt(path: string): Promise<boolean>;
}

const POLL_MS = 20;
/** How flock(1) ends with -n when another holds the lock. */
const FLOCK_HELD = 1;

type TryLock = (file: number, mode: LockMode) => boolean | Promise<boolean>;

/** Takes locks; finds out once, on first use, how this system can. */
export class Locker {
  private tryLock: TryLock | undefined;

  /** Throws `locked` when it cannot be had in time, `cancelled` on the signal. */
  async acquire(path: string, options: LockOptions): Promise<Lock> {
    const making = options.mustExist ? 0 : constants.O_CREAT;
    const flags = constants.O_RDWR | constants.O_NOFOLLOW | making;
    const file = opened(path, flags);
    try {
      await this.wait(file, path, options);
    } catch (error) {
      closeSync(file);
      throw error;
    }
    return new HeldLock(file, options);
  }

  private async wait(file: number, path: string, options: LockOptions): Promise<void> {
    this.tryLock ??= lockCall();
    if (await this.tryLock(file, options.mode)) return;
    const deadline = performance.now() + options.timeoutMs;
    for (let told = false; !(await this.tryLock(file, options.mode)); told = true) {
      if (options.signal?.aborted) throw new PhylloError('cancelled', `lock ${path}: cancelled`);
      const holder = (await holderOf(path)) ?? 'another process';
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

class HeldLock implements Lock {
  private file: number | undefined;
  private readonly isSigned: boolean;

  constructor(file: number, { mode, purpose }: LockOptions) {
    this.file = file;
    this.isSigned = mode === 'exclusive';
    if (this.isSigned) sign(file, purpose);
  }

  async release(): Promise<void> {
    const { file } = this;
    this.file = undefined;
    if (file === undefined) return;
    // The note goes with the lock, or the next one to be refused would be told of a process that is done.
    if (this.isSigned) erase(file);
    closeSync(file);
  }

  async isAt(path: string): Promise<boolean> {
    if (this.file === undefined) return false;
    const mine = fstatSync(this.file);
    try {
      const there = statSync(path, { throwIfNoEntry: false });
      return there?.ino === mine.ino && there.dev === mine.dev;
    } catch (error) {
      throw toPhylloError(error, `lock ${path}`);
    }
  }
}

function opened(path: string, flags: number): number {
  try {
    return openSync(path, flags, 0o600);
  } catch (error) {
    throw toPhylloError(error, `lock ${path}`);
  }
}

function lockCall(): TryLock {
  const native = loadNative();
  return native ? (file, mode) => native.tryLock(file, mode) : tryFlockProgram;
}

function tryFlockProgram(file: number, mode: LockMode): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const child = spawn('flock', [mode === 'shared' ? '-s' : '-x', '-n', '3'], {
      stdio: ['ignore', 'ignore', 'ignore', file],
    });
    child.once('error', (error) => {
      const reason = isSystemError(error, 'ENOENT') ? 'neither koffi nor flock(1) is there' : error.message;
      reject(
        new PhylloError('unsupported', `lock file: ${reason}`, { hint: 'Install util-linux.', cause: error }),
      );
    });
    child.once('exit', (code) => {
      if (code === 0 || code === FLOCK_HELD) resolve(code === 0);
      else reject(new PhylloError('io', `lock file: flock(1) ended with ${code ?? 'a signal'}`));
    });
  });
}

/** Only a note for people, the lock itself is the kernel's: on a full disk it is held without one. */
function sign(file: number, purpose: string): void {
  try {
    ftruncateSync(file, 0);
    writeSync(file, `${pid} ${purpose}\n`, 0);
  } catch {
    // Nobody is told, that is all.
  }
}

function erase(file: number): void {
  try {
    ftruncateSync(file, 0);
  } catch {
    // The note is wrong, then.
  }
}

/** Who last locked it exclusively and has not let go, like `process 12 (load)`; undefined when nobody is known. */
export async function holderOf(path: string): Promise<string | undefined> {
  const text = await readFile(path, 'utf8').catch(() => '');
  const match = /^(\d+) ([\w .:-]*)/.exec(text);
  return match ? `process ${match[1]} (${match[2]})` : undefined;
}
