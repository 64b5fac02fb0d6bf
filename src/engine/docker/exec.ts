// One more process in a container.
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DockerClient } from '../../docker/client.ts';
import { shortened } from '../../docker/errors.ts';
import type { Fields } from '../../docker/fields.ts';
import { PhylloError } from '../../lib/errors.ts';
import type { ProcessSpec } from '../container.ts';
import type { Io, Session, SessionEnd, TerminalSize } from '../io.ts';
import { programError, startError } from './daemon-words.ts';
import { notRunningError } from './not-running.ts';
import { HijackedSession } from './session.ts';

const DOING = 'run program in container';
const FIRST_PAUSE_MS = 10;
const LONGEST_PAUSE_MS = 500;
/** Of what the engine writes where output would come, when the program could not be run. */
const MAX_REASON_BYTES = 4096;

/** As `Engine.exec`; `base` is the container's part of the path. */
export async function runExec(
  client: DockerClient,
  base: string,
  { process, io }: { readonly process: ProcessSpec; readonly io: Io | undefined },
): Promise<Session> {
  const request = {
    method: 'POST',
    path: `${base}/exec`,
    json: execBody(process, io),
    doing: DOING,
  } as const;
  const created = await client.fields(request).catch(async (error: unknown) => {
    throw await notRunningError(client, base, { error, doing: DOING });
  });
  const exec = new Exec(client, `/exec/${encodeURIComponent(created.text('Id'))}`, process);
  return io === undefined ? await exec.startDetached() : await exec.start(io);
}

function execBody(process: ProcessSpec, io: Io | undefined): Record<string, unknown> {
  return {
    Cmd: process.argv,
    Env: process.env,
    WorkingDir: process.workingDir,
    // An empty one would mean the container's own.
    User: process.user || '0',
    Tty: process.tty,
    AttachStdin: io?.stdin !== undefined,
    AttachStdout: io !== undefined,
    AttachStderr: io !== undefined,
  };
}

class Exec {
  private readonly client: DockerClient;
  private readonly path: string;
  private readonly process: ProcessSpec;

  constructor(client: DockerClient, path: string, process: ProcessSpec) {
    this.client = client;
    this.path = path;
    this.process = process;
  }

  async start(io: Io): Promise<Session> {
    const { tty } = this.process;
    const json = { Detach: false, Tty: tty, ...consoleSize(io, tty) };
    const connection = await this.client
      .hijack({ method: 'POST', path: `${this.path}/start`, json, doing: DOING })
      .catch((error: unknown) => {
        throw startError(error, DOING);
      });
    try {
      await this.checkStarted(connection);
    } catch (error) {
      connection.destroy();
      throw error;
    }
    const resize = (size: TerminalSize): Promise<void> => this.resize(size);
    if (tty && io.size) await resize(io.size).catch(() => undefined);
    return new HijackedSession({
      connection,
      io,
      tty,
      doing: DOING,
      exitCode: () => this.exitCode(),
      resize,
    });
  }

  async startDetached(): Promise<Session> {
    const json = { Detach: true, Tty: this.process.tty };
    await this.client
      .send({ method: 'POST', path: `${this.path}/start`, json, doing: DOING })
      .catch((error: unknown) => {
        throw startError(error, DOING);
      });
    return new DetachedExec(() => this.exitCode());
  }

  /** Engines say yes before they try: a program that cannot be run has no PID when it has ended. */
  private async checkStarted(connection: Duplex): Promise<void> {
    const state = await this.waitFor((exec) => exec.integer('Pid') > 0 || !exec.flag('Running'));
    const exitCode = state.integer('ExitCode');
    if (state.integer('Pid') > 0 || (exitCode !== 126 && exitCode !== 127)) return;
    const reason = await reasonOn(connection);
    const error = programError(reason, DOING);
    if (error) throw error;
    const code = exitCode === 127 ? 'not-found' : 'invalid-argument';
    throw new PhylloError(code, `${DOING}: ${reason || 'it could not be started'}`, { data: { exitCode } });
  }

  private async exitCode(): Promise<number> {
    return (await this.waitFor((exec) => !exec.flag('Running'))).integer('ExitCode');
  }

  /** The engine has no way to wait for it. */
  private async waitFor(isSo: (exec: Fields) => boolean): Promise<Fields> {
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 1.5)) {
      const exec = await this.client.fields({ path: `${this.path}/json`, doing: DOING });
      if (isSo(exec)) return exec;
      await sleep(pauseMs);
    }
  }

  private async resize({ columns, rows }: TerminalSize): Promise<void> {
    const query = { w: columns, h: rows };
    await this.client.send({ method: 'POST', path: `${this.path}/resize`, query, doing: 'resize terminal' });
  }
}

function consoleSize({ size }: Io, tty: boolean): { ConsoleSize?: [number, number] } {
  return tty && size ? { ConsoleSize: [size.rows, size.columns] } : {};
}

async function reasonOn(connection: Duplex): Promise<string> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of connection) {
    parts.push(chunk as Uint8Array);
    bytes += (chunk as Uint8Array).length;
    if (bytes >= MAX_REASON_BYTES) break;
  }
  const all = Buffer.concat(parts).subarray(0, MAX_REASON_BYTES);
  const isFramed = all.length > 8 && all[0]! <= 2;
  if (!isFramed) return shortened(all.toString());
  return shortened(all.subarray(8, 8 + all.readUInt32BE(4)).toString());
}

/** Nobody is tied to it; its end is asked for only when somebody wants to know. */
class DetachedExec implements Session {
  private readonly exitCode: () => Promise<number>;
  private end: Promise<SessionEnd> | undefined;

  constructor(exitCode: () => Promise<number>) {
    this.exitCode = exitCode;
  }

  get ended(): Promise<SessionEnd> {
    this.end ??= this.exitCode().then((exitCode) => ({ kind: 'exited', exitCode }));
    return this.end;
  }

  resize(): void {
    // It has nobody's terminal.
  }

  detach(): void {
    this.end = Promise.resolve({ kind: 'detached' });
  }
}
