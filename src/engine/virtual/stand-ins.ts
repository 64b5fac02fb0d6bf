// Which paths stand for commands of ours, whatever the image has there. just-bash takes what it finds at /bin/NAME or
// /usr/bin/NAME for the command of that name; only where there is no /usr/bin at all it knows commands without a file.
import { posix } from 'node:path';
import { BUILT_IN } from './shell-names.ts';

/** What the shell itself is made of: it works whatever PATH is. */
const SHELL_PARTS: ReadonlySet<string> = new Set([
  'phyllo-line',
  'phyllo-status',
  'phyllo-open',
  'phyllo-tty',
  'trap',
  ...BUILT_IN,
]);
const COMMAND_PATH = /^(?:\/usr)?\/bin\/([^/]+)$/;

export class StandIns {
  /** Names that stand for a command of ours for a moment: how many want it. */
  private readonly lent = new Map<string, number>();
  private always = SHELL_PARTS;
  /** The last component of the path that was just looked for in vain. */
  private missed: string | undefined;

  /** While `work` runs, /usr/bin/NAME is there. */
  async lend<Result>(name: string, work: () => Promise<Result>): Promise<Result> {
    this.lent.set(name, (this.lent.get(name) ?? 0) + 1);
    try {
      return await work();
    } finally {
      this.lent.set(name, this.lent.get(name)! - 1);
    }
  }

  /** For images without a shell of their own: these are there from now on, in whatever directories PATH has. */
  lendAll(names: Iterable<string>): void {
    this.always = new Set([...this.always, ...names]);
  }

  has(path: string): boolean {
    const name = COMMAND_PATH.exec(path)?.[1];
    return name !== undefined && (this.always.has(name) || (this.lent.get(name) ?? 0) > 0);
  }

  /** Told what each path that is asked for turned out to be. */
  looked(path: string, isThere: boolean): boolean {
    this.missed = isThere ? undefined : posix.basename(path);
    return isThere;
  }

  /**
   * Whether just-bash, which has looked through PATH in vain, is to hear that there is a /usr/bin: without one it takes
   * the command that it knows by that name. Undefined when it was not looking for a command.
   */
  hidesCommands(): boolean | undefined {
    const { missed } = this;
    this.missed = undefined;
    return missed === undefined ? undefined : !this.always.has(missed);
  }
}
