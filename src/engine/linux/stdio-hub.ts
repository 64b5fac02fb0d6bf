// Hands a process's output to everybody who is tied to it. Who reads slowly holds the process back, as a full pipe does;
// who went away does not.
import type { OnOutput, OutputStream, StdioProcess } from './stdio-process.ts';

export interface HubClient {
  /** Resolves when it takes more. One that throws is not waited for. */
  write(stream: OutputStream, data: Uint8Array): Promise<void>;
}

/** So much may be on its way to the slowest of them. */
const MAX_PENDING_BYTES = 1024 * 1024;

export class StdioHub {
  private readonly clients = new Set<HubClient>();
  private process: StdioProcess | undefined;
  private pendingBytes = 0;
  private isHeldBack = false;

  /** For whoever starts the process. */
  readonly onOutput: OnOutput = (stream, data) => {
    this.pendingBytes += data.length;
    const sent = Array.from(this.clients, (client) => client.write(stream, data));
    void Promise.allSettled(sent).then(() => this.arrived(data.length));
    this.regulate();
  };

  tie(process: StdioProcess): void {
    this.process = process;
    this.isHeldBack = false;
    this.regulate();
  }

  add(client: HubClient): void {
    this.clients.add(client);
  }

  remove(client: HubClient): void {
    this.clients.delete(client);
  }

  private arrived(bytes: number): void {
    this.pendingBytes -= bytes;
    this.regulate();
  }

  private regulate(): void {
    const isTooMuch = this.pendingBytes > MAX_PENDING_BYTES;
    if (this.process === undefined || isTooMuch === this.isHeldBack) return;
    this.isHeldBack = isTooMuch;
    if (isTooMuch) this.process.pause();
    else this.process.resume();
  }
}
