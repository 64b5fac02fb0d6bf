// One process of a virtual container: its thread, the calls that the thread makes, its terminal. Ending it ends the
// thread at once, whatever it is at.
import type { Worker } from 'node:worker_threads';
import { toPhylloError } from '../../lib/errors.ts';
import { safeText } from '../../lib/text.ts';
import { NodeType } from '../../tree/layer-tree.ts';
import type { ProcessSpec } from '../container.ts';
import type { TerminalSize } from '../io.ts';
import type { ProcessIds } from '../linux/runtime.ts';
import { signalName } from '../signal-names.ts';
import { fromBytes, toByteName, toTextName } from './byte-names.ts';
import { environment } from './environment.ts';
import { errnoOf, failure } from './errno.ts';
import { LineEditor } from './line-editor.ts';
import { ProcessInput } from './process-input.ts';
import type { ProcessIo } from './process-io.ts';
import type { Credentials } from './resolve.ts';
import { startThread } from './start-thread.ts';
import type {
  AnswerMessage,
  CallMessage,
  EndMessage,
  LinePrompt,
  StartProgram,
  ThreadCalls,
  ThreadStart,
} from './thread-messages.ts';
import { MAX_FILE_BYTES } from './room.ts';
import { type VirtualFiles } from './virtual-files.ts';

/** A thread that does not end by itself when asked is ended after this. */
const INTERRUPT_MS = 1000;
const OUT_OF_MEMORY = 137;
const INTERRUPTED = 130;
/** Of a terminal that nobody looks at yet. */
const DEFAULT_SIZE: TerminalSize = { columns: 80, rows: 24 };

export interface ProcessParts {
  readonly files: VirtualFiles;
  readonly io: ProcessIo;
  readonly spec: ProcessSpec;
  readonly ids: ProcessIds;
  readonly program: StartProgram;
  readonly hasShell: boolean;
  readonly hostname: string;
  /** Of the terminal, where it has one. */
  readonly size?: TerminalSize;
  /** One that was started before; default: a new one. */
  readonly thread?: Worker;
}

export class VirtualProcess {
  /** Its exit code. Never throws. */
  readonly ended: Promise<number>;
  private readonly parts: ProcessParts;
  private readonly who: Credentials;
  private readonly interrupt = new SharedArrayBuffer(4);
  private readonly editor: LineEditor | undefined;
  private worker: Worker | undefined;
  private end: (exitCode: number) => void = () => undefined;
  private isEnded = false;
  private lines: Promise<string | undefined> | undefined;
  private readonly input: ProcessInput;
  private readonly ignored = new Set<string>();
  private size: TerminalSize;
  /** How the shell was when it last asked for a line. */
  private seen: LinePrompt | undefined;

  constructor(parts: ProcessParts) {
    this.parts = parts;
    this.size = parts.size ?? DEFAULT_SIZE;
    this.input = new ProcessInput(parts.io);
    const { uid, gid, additionalGids } = parts.ids;
    this.who = { uid, gid, groups: additionalGids };
    this.ended = new Promise((resolve) => {
      this.end = (exitCode) => {
        this.isEnded = true;
        resolve(exitCode);
      };
    });
    if (parts.spec.tty) this.editor = this.makeEditor();
    this.runIn(parts.thread ?? startThread(), {
      cwd: parts.spec.workingDir,
      env: environment(parts.spec.env),
    });
  }

  /** `exitCode` as of the signal that ends it. */
  kill(exitCode: number): void {
    this.end(exitCode);
    void this.worker?.terminate();
  }

  resize(size: TerminalSize | undefined): void {
    this.size = size ?? this.size;
  }

  /** A shell may say that a signal shall not end it. */
  ignores(signal: string): boolean {
    return this.ignored.has(signal);
  }

  private ignore(signals: readonly string[], isIgnored: boolean): void {
    for (const text of signals) {
      if (/^(?:0|EXIT|ERR|DEBUG|RETURN)$/i.test(text)) continue;
      const name = signalName(text);
      if (isIgnored) this.ignored.add(name);
      else this.ignored.delete(name);
    }
  }

  private makeEditor(): LineEditor {
    const editor = new LineEditor({
      write: (text) => void this.parts.io.output('stdout', Buffer.from(text)),
      interrupt: () => this.interruptCommand(),
      complete: (word) => this.complete(word),
    });
    void this.readKeys(editor);
    return editor;
  }

  private async readKeys(editor: LineEditor): Promise<void> {
    for (
      let data = await this.parts.io.nextInput();
      data !== undefined;
      data = await this.parts.io.nextInput()
    )
      editor.push(data);
    editor.end();
  }

  private runIn(
    worker: Worker,
    state: { cwd: string; env: Readonly<Record<string, string>>; prelude?: string },
  ): void {
    const { program, hasShell, ids, hostname, spec } = this.parts;
    Atomics.store(new Int32Array(this.interrupt), 0, 0);
    const start: ThreadStart = {
      program,
      hasShell,
      env: state.env,
      cwd: state.cwd,
      ids,
      hostname,
      tty: spec.tty,
      stdin: spec.stdin,
      interrupt: this.interrupt,
      prelude: state.prelude ?? '',
    };
    worker.postMessage(start);
    this.worker = worker;
    worker.on('message', (message: CallMessage | EndMessage) => {
      if ('call' in message) void this.answer(worker, message);
      else this.threadEnded(worker, message.exitCode);
    });
    worker.on('error', (error: unknown) => void this.threadFailed(worker, error));
    worker.on('exit', () => this.threadEnded(worker, OUT_OF_MEMORY));
  }

  private threadEnded(worker: Worker, exitCode: number): void {
    if (worker !== this.worker || this.isEnded) return;
    const isStopped = Atomics.load(new Int32Array(this.interrupt), 0) !== 0;
    if (isStopped && this.parts.program.kind === 'interactive') return this.restart(worker);
    this.end(exitCode);
  }

  private async threadFailed(worker: Worker, error: unknown): Promise<void> {
    if (worker !== this.worker || this.isEnded) return;
    const { message } = toPhylloError(error, 'simulate shell');
    await this.parts.io.output('stderr', Buffer.from(`phyllo: ${safeText(message)}\n`));
    this.threadEnded(worker, OUT_OF_MEMORY);
  }

  /** ctrl-c: what the shell runs stops; a shell that does not answer is replaced by one in the same directory. */
  private interruptCommand(): void {
    const { worker } = this;
    Atomics.store(new Int32Array(this.interrupt), 0, 1);
    setTimeout(() => {
      if (worker !== this.worker || this.isEnded || Atomics.load(new Int32Array(this.interrupt), 0) === 0)
        return;
      void worker?.terminate();
      this.threadEnded(worker!, INTERRUPTED);
    }, INTERRUPT_MS).unref();
  }

  private restart(old: Worker): void {
    void old.terminate();
    const { spec } = this.parts;
    this.runIn(startThread(), this.seen ?? { cwd: spec.workingDir, env: environment(spec.env) });
  }

  private async answer(worker: Worker, { call, method, args }: CallMessage): Promise<void> {
    let answer: AnswerMessage;
    try {
      // The thread is ours: its calls are those of ThreadCalls.
      const run = this.calls[method] as (...given: readonly unknown[]) => unknown;
      answer = { call, value: await run(...args) };
    } catch (error) {
      const { code, message } = toPhylloError(error, 'use file');
      const errno = errnoOf(error);
      answer = { call, error: { code, message, ...(errno !== undefined && { errno }) } };
    }
    if (worker === this.worker) worker.postMessage(answer);
  }

  private readonly calls: ThreadCalls = {
    stat: (path, follow) => this.parts.files.stat(path, this.who, follow),
    list: (path) => this.parts.files.list(path, this.who),
    realpath: (path) => this.parts.files.realpath(path, this.who),
    read: (path, offset, length) => this.read(path, offset, length),
    write: (path, data) => this.write(path, data, () => this.parts.files.write(path, this.who, data)),
    append: (path, data) => this.write(path, data, () => this.parts.files.append(path, this.who, data)),
    mkdir: (path, mode) => this.parts.files.mkdir(path, this.who, mode),
    symlink: (link, path) => this.parts.files.symlink(link, path, this.who),
    make: (path, made) => this.parts.files.make(path, this.who, made),
    link: (from, path) => this.parts.files.link(from, path, this.who),
    remove: (path, recursive) => this.parts.files.remove(path, this.who, { recursive }),
    rename: (from, to) => this.parts.files.rename(from, to, this.who),
    set: (path, set, follow) => this.parts.files.set(path, this.who, set, follow),
    open: (path) => this.parts.files.checkOpen(path, this.who),
    size: () => (this.parts.spec.tty ? this.size : undefined),
    ignore: (signals, isIgnored) => this.ignore(signals, isIgnored),
    output: (stream, data) => this.output(stream, data),
    line: (prompt) => this.line(prompt),
    inputLine: () => this.inputLine(),
    input: () => this.input.rest(),
  };

  private async read(path: string, offset: number, length: number): Promise<Uint8Array> {
    const content = await this.parts.files.content(path, this.who);
    const count = Math.min(length, content.sizeBytes - offset);
    if (count > MAX_FILE_BYTES) throw failure('EFBIG', path);
    const parts: Uint8Array[] = [];
    for (let at = 0; at < count;) {
      const part = await content.read(offset + at, Math.min(32 * 1024 * 1024, count - at));
      if (part.length === 0) break;
      parts.push(part);
      at += part.length;
    }
    return parts.length === 1 ? parts[0]! : Buffer.concat(parts);
  }

  /** Links to /dev/stdout lead to the process's own streams. */
  private write(path: string, data: Uint8Array, write: () => Promise<void>): Promise<void> {
    const device = this.parts.files.deviceAt(path, this.who);
    if (device === 'stdout' || device === 'tty') return this.output('stdout', data);
    return device === 'stderr' ? this.output('stderr', data) : write();
  }

  private async output(stream: 'stdout' | 'stderr', data: Uint8Array): Promise<void> {
    if (this.isEnded || data.length === 0) return;
    if (!this.parts.spec.tty) return this.parts.io.output(stream, data);
    const text = fromBytes(data).replace(/\r?\n/g, '\r\n');
    await this.parts.io.output('stdout', Buffer.from(text, 'latin1'));
  }

  private async line(prompt: LinePrompt): Promise<string | undefined> {
    this.seen = prompt;
    if (this.editor === undefined) return this.parts.spec.stdin ? this.pipedLine() : undefined;
    // A shell that took over from an interrupted one asks anew: the line that was asked for then is not lost.
    this.lines ??= this.editor.ask(
      prompt.continues ? '> ' : `${safeText(prompt.cwd)} ${this.who.uid === 0 ? '#' : '$'} `,
    );
    const line = await this.lines;
    this.lines = undefined;
    return line;
  }

  private async pipedLine(): Promise<string | undefined> {
    const line = await this.input.line();
    return line && toTextName(fromBytes(line).replace(/\n$/, ''));
  }

  private async inputLine(): Promise<Uint8Array | undefined> {
    if (this.editor === undefined) return this.input.line();
    const line = await this.editor.ask('');
    return line === undefined ? undefined : Buffer.from(`${line}\n`);
  }

  private complete(word: string): readonly string[] {
    const slash = word.lastIndexOf('/') + 1;
    const [directory, start] = [word.slice(0, slash), word.slice(slash)];
    const base = directory.startsWith('/') ? directory : `${this.seen?.cwd ?? '/'}/${directory}`;
    try {
      return this.parts.files
        .list(toByteName(base), this.who)
        .map((entry) => ({ ...entry, name: toTextName(entry.name) }))
        .filter(
          ({ name }) =>
            name.startsWith(start) && (start !== '' || !name.startsWith('.')) && safeText(name) === name,
        )
        .map(({ name, type }) => `${directory}${name}${type === NodeType.dir ? '/' : ''}`);
    } catch {
      return [];
    }
  }
}
