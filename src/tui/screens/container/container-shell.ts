// The terminal pane of a container: what its own process draws or prints, or one more shell in it. The streams of a
// session end here; a session that ends leaves what it drew to be read.
import type { Container } from '../../../engine/container.ts';
import type { Io, Session } from '../../../engine/io.ts';
import { isPhylloError } from '../../../lib/errors.ts';
import { type HandInput, handInput, handOutput } from '../../../lib/hand-streams.ts';
import type { Host } from '../../screen.ts';
import type { Emulator } from '../../shell/emulator.ts';
import { bytesOfKey, forCursorMode, pasted } from '../../shell/input-bytes.ts';
import type { TerminalSize } from '../../terminal/size.ts';

/** What is in the pane. */
export type ShellKind = 'terminal' | 'logs' | 'shell';

/** Lines that are fetched of what was printed before. */
const LOG_TAIL = 500;

export class ContainerShell {
  kind: ShellKind = 'terminal';
  /** Loaded when there is something to show: it takes longer than all the rest of the program. */
  emulator: Emulator | undefined;
  private readonly host: Host;
  private readonly id: string;
  private size: TerminalSize;
  private session: Session | undefined;
  private input: HandInput | undefined;
  /** Of what fills the pane now; aborted when something else does. */
  private current = new AbortController();
  private closed = false;

  constructor(host: Host, id: string, size: TerminalSize) {
    this.host = host;
    this.id = id;
    this.size = size;
  }

  /** Somebody can type into it; what is typed before it is there waits for it. */
  get takesInput(): boolean {
    return this.input !== undefined;
  }

  /** The pane has something that is going on. */
  get isBusy(): boolean {
    return this.session !== undefined || this.input !== undefined;
  }

  private async emulate(convertEol: boolean, signal: AbortSignal): Promise<Emulator> {
    const { Emulator } = await import('../../shell/emulator.ts');
    const emulator = new Emulator({
      size: this.size,
      convertEol,
      onChange: () => this.host.changed(),
      ...(!convertEol && { onAnswer: (text: string) => this.answer(text) }),
    });
    if (signal.aborted) emulator.close();
    else this.emulator = emulator;
    return emulator;
  }

  private answer(text: string): void {
    this.input?.put(new TextEncoder().encode(text));
  }

  // ------------------------------------------------------------- what fills it

  /** Ties the pane to the container's own process, or shows what it printed. */
  async follow(container: Container): Promise<void> {
    const isRunning = container.status === 'running';
    if (!isRunning || !container.process.tty) return this.showLogs(isRunning);
    const signal = this.begin('terminal');
    await this.tie(container.process.stdin, signal, async (io, emulator) => {
      // What was drawn before somebody was there to see it.
      await this.printLogs(emulator, false, signal);
      return this.host.services.containers.attach(this.id, io);
    });
  }

  /** Starts the container with the pane tied to it from the first byte on. */
  async start(container: Container): Promise<void> {
    if (!container.process.tty) {
      await this.host.services.containers.start(this.id);
      return this.showLogs(true);
    }
    const signal = this.begin('terminal');
    await this.tie(container.process.stdin, signal, (io) =>
      this.host.services.containers.startAttached(this.id, io),
    );
  }

  async exec(command: readonly string[]): Promise<void> {
    const signal = this.begin('shell');
    await this.tie(true, signal, (io) =>
      this.host.services.containers.exec(this.id, { command, tty: true, stdin: true }, io),
    );
  }

  async showLogs(follow: boolean): Promise<void> {
    const signal = this.begin('logs');
    await this.printLogs(await this.emulate(true, signal), follow, signal);
  }

  private begin(kind: ShellKind): AbortSignal {
    this.leaveSession();
    this.emulator?.close();
    this.emulator = undefined;
    this.kind = kind;
    this.current = new AbortController();
    this.host.changed();
    return this.current.signal;
  }

  private leaveSession(): void {
    this.current.abort();
    this.session?.detach();
    this.session = undefined;
    this.input?.end();
    this.input = undefined;
  }

  private async tie(
    withInput: boolean,
    signal: AbortSignal,
    open: (io: Io, emulator: Emulator) => Promise<Session>,
  ): Promise<void> {
    const input = withInput ? handInput() : undefined;
    this.input = input;
    const emulator = await this.emulate(false, signal);
    const show = (bytes: Uint8Array, done: () => void): void => emulator.write(bytes, done);
    const io: Io = {
      ...(input && { stdin: input.stream }),
      stdout: handOutput(show),
      stderr: handOutput(show),
      size: this.size,
    };
    const session = await open(io, emulator).catch((error: unknown) => {
      if (this.input === input) this.input = undefined;
      throw error;
    });
    if (signal.aborted || this.closed) return session.detach();
    this.session = session;
    session.resize(emulator.size);
    this.host.changed();
    void session.ended.then(
      (end) => this.ended(session, end.kind === 'exited' ? `ended with ${end.exitCode}` : 'detached'),
      (error: unknown) => this.ended(session, isPhylloError(error) ? error.message : 'lost'),
    );
  }

  private ended(session: Session, how: string): void {
    if (session !== this.session) return;
    this.session = undefined;
    this.input = undefined;
    this.emulator?.write(`\r\n\x1b[0;2m[${how}]\x1b[0m\r\n`);
    this.host.changed();
  }

  private async printLogs(emulator: Emulator, follow: boolean, signal: AbortSignal): Promise<void> {
    try {
      const entries = await this.host.services.containers.logs(this.id, { follow, tail: LOG_TAIL, signal });
      for await (const { data } of entries) {
        if (signal.aborted) return;
        await new Promise<void>((done) => emulator.write(data, done));
      }
    } catch (error) {
      if (signal.aborted || isPhylloError(error, 'cancelled')) return;
      throw error;
    }
  }

  // ------------------------------------------------------------------- input

  type(bytes: Uint8Array): void {
    this.toNewest();
    this.put(forCursorMode(bytes, this.emulator?.modes.applicationCursor ?? false));
  }

  paste(bytes: Uint8Array): void {
    this.toNewest();
    this.put(pasted(bytes, this.emulator?.modes.bracketedPaste ?? false));
  }

  typeKey(key: string): void {
    const bytes = bytesOfKey(key);
    if (bytes) this.type(bytes);
  }

  private toNewest(): void {
    if (!this.emulator || this.emulator.scrolledBack === 0) return;
    this.emulator.scrollToEnd();
    this.host.changed();
  }

  private put(bytes: Uint8Array): void {
    if (this.input && !this.input.put(bytes)) this.host.say('nothing reads what you type');
  }

  resize(size: TerminalSize): void {
    if (size.columns === this.size.columns && size.rows === this.size.rows) return;
    this.size = size;
    if (!this.emulator?.resize(size)) return;
    this.session?.resize(this.emulator.size);
    this.host.changed();
  }

  close(): void {
    this.closed = true;
    this.leaveSession();
    this.emulator?.close();
  }
}
