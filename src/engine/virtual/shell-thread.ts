// The thread in which one process of a virtual container runs: just-bash over the container's files. It may be ended at any
// moment; what it has told the files is done.
import type { MessagePort } from 'node:worker_threads';
import { Bash, type BashExecResult, parse, serialize } from 'just-bash';
import { PhylloError, isPhylloError } from '../../lib/errors.ts';
import { encodeText, fromBytes } from './byte-names.ts';
import { type Shell, command, output } from './commands/command.ts';
import { commandsFor } from './commands/registry.ts';
import { quoted } from './program-kind.ts';
import { RemoteFiles } from './remote-files.ts';
import { ShellFiles } from './shell-files.ts';
import { SHELL_LIMITS } from './shell-limits.ts';
import { readsLines, streamed } from './streamed-script.ts';
import type { ThreadStart } from './thread-messages.ts';

const INTERRUPTED = 130;

export async function runShellThread(port: MessagePort, start: ThreadStart): Promise<number> {
  const thread = new ShellThread(port, start);
  await thread.prepare();
  return thread.run();
}

class ShellThread {
  private readonly start: ThreadStart;
  private readonly files: ShellFiles;
  private readonly interrupt: Int32Array;
  private readonly shell: Shell;
  private bash: Bash | undefined;
  private status = '0';

  constructor(port: MessagePort, start: ThreadStart) {
    this.start = start;
    this.functions = start.prelude;
    this.files = new ShellFiles(new RemoteFiles(port));
    this.interrupt = new Int32Array(start.interrupt);
    this.shell = { files: this.files, start, checkInterrupt: () => this.checkInterrupt() };
  }

  private checkInterrupt(): void {
    if (Atomics.load(this.interrupt, 0) !== 0) throw new PhylloError('cancelled', 'interrupted');
  }

  async prepare(): Promise<void> {
    const { ids, env: given, hasShell } = this.start;
    // An empty PATH would have no place to look for commands at all.
    const { PATH: path = '', ...others } = given;
    const env = path === '' ? others : given;
    const registry = commandsFor(this.shell, hasShell ? await this.programs(path) : undefined);
    if (!hasShell) this.files.standIns.lendAll(registry.names);
    this.bash = new Bash({
      fs: this.files,
      cwd: this.start.cwd,
      env: { ...env },
      commands: registry.stock,
      customCommands: [...registry.own, this.lineCommand(), this.statusCommand()],
      executionLimits: SHELL_LIMITS,
      processInfo: { pid: 1, ppid: 0, uid: ids.uid, gid: ids.gid },
      defenseInDepth: false,
    });
  }

  private async programs(path: string): Promise<ReadonlySet<string>> {
    const names = new Set<string>();
    for (const directory of path.split(':')) {
      if (directory === '') continue;
      const entries = await this.files.readdir(directory).catch(() => []);
      for (const name of entries) names.add(name);
    }
    return names;
  }

  async run(): Promise<number> {
    const { program } = this.start;
    if (program.kind === 'interactive') return this.interact();
    const isLineByLine = program.kind === 'script' && readsLines(program.source);
    const isWhole = this.start.stdin && !this.start.tty && !isLineByLine;
    const stdin = isWhole ? fromBytes(await this.files.remote.call('input')) : '';
    if (program.kind === 'script') return this.script(program, stdin);
    return this.finish(await this.exec(`${this.start.prelude}${quoted(program.path)}`, stdin, program.args));
  }

  private async script(
    { source, name, args }: { source: string; name: string; args: readonly string[] },
    stdin: string,
  ): Promise<number> {
    const set = `set -- ${args.map(quoted).join(' ')}\n`;
    let text: string;
    try {
      text = streamed(source);
    } catch (error) {
      await this.complain(`${name}: ${error instanceof Error ? error.message : String(error)}\n`);
      return 2;
    }
    return this.finish(await this.exec(`${set}${text}`, stdin, undefined, { '0': name }));
  }

  private async exec(
    source: string,
    stdin: string,
    args?: readonly string[],
    env?: Record<string, string>,
  ): Promise<BashExecResult> {
    return this.survive(
      this.bash!.exec(source, {
        rawScript: true,
        stdin,
        stdinKind: 'bytes',
        signal: interruptSignal(this.interrupt),
        ...(args && { args: [...args] }),
        ...(env && { env }),
      }),
    );
  }

  /** What a file refuses where no command is to blame ends the script, with the reason told. */
  private async survive(running: Promise<BashExecResult>): Promise<BashExecResult> {
    try {
      return await running;
    } catch (error) {
      if (!isPhylloError(error)) throw error;
      return { stdout: '', stderr: `sh: ${error.message}\n`, exitCode: 1, env: {} };
    }
  }

  private async finish(result: BashExecResult): Promise<number> {
    await this.write('stdout', result.stdout, result);
    await this.write('stderr', result.stderr);
    return Atomics.load(this.interrupt, 0) === 0 ? result.exitCode : INTERRUPTED;
  }

  private async write(stream: 'stdout' | 'stderr', text: string, kind?: BashExecResult): Promise<void> {
    if (text === '') return;
    const isBytes = kind?.stdoutKind === 'bytes' || kind?.stdoutEncoding === 'binary';
    await this.files.remote.call('output', stream, isBytes ? Buffer.from(text, 'latin1') : encodeText(text));
  }

  private async complain(text: string): Promise<void> {
    await this.files.remote.call('output', 'stderr', encodeText(text));
  }

  /** One long script that asks for the next line and runs it: variables, functions and the directory stay as they are. */
  private async interact(): Promise<number> {
    const loop = `${this.start.prelude}\nwhile phyllo-line "$?"; do eval "$PHYLLO_LINE"; done`;
    const result = await this.exec(loop, '');
    await this.write('stdout', result.stdout, result);
    if (Atomics.load(this.interrupt, 0) !== 0) return INTERRUPTED;
    await this.write('stderr', result.stderr);
    return this.ended ? Number(this.status) : result.exitCode;
  }

  private ended = false;
  private functions: string;

  private lineCommand(): ReturnType<typeof command> {
    return command('phyllo-line', async ([status = '0'], context) => {
      this.status = status;
      const source = await this.nextSource(context.cwd, Object.fromEntries(context.env));
      if (source === undefined) {
        this.ended = true;
        return output('', 1);
      }
      const size = await this.files.remote.call('size');
      if (size !== undefined) {
        await context.assignShellVariable?.('COLUMNS', String(size.columns));
        await context.assignShellVariable?.('LINES', String(size.rows));
      }
      await context.assignShellVariable?.('PHYLLO_LINE', `phyllo-status ${status}\n${source}`);
      return output('');
    });
  }

  private statusCommand(): ReturnType<typeof command> {
    return command('phyllo-status', async ([status]) => output('', Number(status)));
  }

  /** Lines until they are a whole command. */
  private async nextSource(cwd: string, env: Record<string, string>): Promise<string | undefined> {
    let source = '';
    for (;;) {
      const line = await this.files.remote.call('line', {
        continues: source !== '',
        cwd,
        env,
        prelude: this.functions,
      });
      if (line === undefined && source === '') return undefined;
      source += `${line ?? ''}\n`;
      try {
        const script = streamed(source);
        this.functions += functionsOf(source);
        return script;
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        if (
          line !== undefined &&
          /unexpected (?:EOF|end)|unterminated|expected/i.test(message) &&
          isUnfinished(source)
        )
          continue;
        await this.complain(`sh: ${message}\n`);
        return 'phyllo-status 2';
      }
    }
  }
}

/** The functions that a text defines, as code. */
function functionsOf(source: string): string {
  const script = parse(source);
  const statements = script.statements.filter(
    ({ pipelines }) => pipelines[0]?.commands[0]?.type === 'FunctionDef',
  );
  return statements.length === 0 ? '' : `${serialize({ ...script, statements })}\n`;
}

/** Would more lines help? */
function isUnfinished(source: string): boolean {
  return [
    "'",
    '"',
    '`',
    '\nfi',
    '\ndone',
    '\nesac',
    '\n}',
    '\n)',
    ')',
    '\n:',
    '\n: ; }',
    '\n: ; fi',
    '\n: ; done',
    '\nthen : ; fi',
    '\ndo : ; done',
  ].some((end) => {
    try {
      parse(`${source}${end}\n`);
      return true;
    } catch {
      return false;
    }
  });
}

/** just-bash looks at it between commands; messages would not reach a shell that loops. */
function interruptSignal(interrupt: Int32Array): AbortSignal {
  const controller = new AbortController();
  Object.defineProperty(controller.signal, 'aborted', {
    get: () => Atomics.load(interrupt, 0) !== 0,
  });
  return controller.signal;
}
