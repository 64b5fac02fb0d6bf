// A connection to an engine on another machine as docker makes it: `ssh host docker system dial-stdio`.
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { Duplex } from 'node:stream';
import { PhylloError } from '../lib/errors.ts';
import { type Endpoint, endpointText } from './endpoint.ts';
import { shortened } from './errors.ts';
import type { Environment } from './find-endpoint.ts';

type SshEndpoint = Endpoint & { kind: 'ssh' };

const MAX_COMPLAINT = 4096;

/** What may come from strangers was checked by `parseEndpoint`, and stands behind `--` or an option's name. */
export function sshArguments({ host, user, port, socketPath }: SshEndpoint): string[] {
  const login = user === undefined ? [] : ['-l', user];
  const at = port === undefined ? [] : ['-p', String(port)];
  const socket = socketPath === undefined ? [] : ['--host', `unix://${socketPath}`];
  // There is nobody to ask for a password: the screen is taken.
  const options = ['-T', '-o', 'BatchMode=yes', '-o', 'ConnectTimeout=30', ...login, ...at];
  return [...options, '--', host, 'docker', ...socket, 'system', 'dial-stdio'];
}

/** Node's agent treats every connection as a socket: it has the methods that are called. */
export class SshConnection extends Duplex {
  private readonly child: ChildProcessWithoutNullStreams;
  private readonly endpoint: SshEndpoint;
  private complaint = '';

  constructor(endpoint: SshEndpoint, env: Environment) {
    super({ allowHalfOpen: true });
    this.endpoint = endpoint;
    // A session of its own: Ctrl-C at our terminal is not meant for it.
    this.child = spawn('ssh', sshArguments(endpoint), { env: { ...env }, detached: true });
    this.child.once('error', (error) => this.destroy(this.failure(error.message)));
    this.child.once('close', (code) => this.finish(code));
    this.child.stdin.on('error', () => undefined);
    this.child.stdout.on('data', (chunk: Buffer) => {
      if (!this.push(chunk)) this.child.stdout.pause();
    });
    this.child.stderr.on('data', (chunk: Buffer) => {
      if (this.complaint.length < MAX_COMPLAINT) this.complaint += chunk.toString();
    });
  }

  private finish(code: number | null): void {
    if (code === 0) this.push(null);
    else this.destroy(this.failure(this.complaint || `ssh ended with code ${code}`));
  }

  private failure(reason: string): PhylloError {
    return new PhylloError(
      'engine-unavailable',
      `connect to ${endpointText(this.endpoint)}: ${shortened(reason)}`,
      { hint: 'It must work without questions: ssh -o BatchMode=yes HOST docker version' },
    );
  }

  override _read(): void {
    this.child.stdout.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.child.stdin.write(chunk, () => done());
  }

  override _final(done: (error?: Error | null) => void): void {
    this.child.stdin.end(() => done());
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.child.stdin.destroy();
    this.child.stdout.destroy();
    this.child.kill();
    done(error);
  }

  setKeepAlive(): this {
    return this;
  }

  setNoDelay(): this {
    return this;
  }

  setTimeout(): this {
    return this;
  }

  ref(): this {
    this.hold('ref');
    return this;
  }

  /** An idle connection does not keep the program alive. */
  unref(): this {
    this.hold('unref');
    return this;
  }

  private hold(how: 'ref' | 'unref'): void {
    this.child[how]();
    for (const stream of [this.child.stdin, this.child.stdout, this.child.stderr]) {
      (stream as unknown as { ref?(): void; unref?(): void })[how]?.();
    }
  }
}
