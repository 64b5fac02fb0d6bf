// The R/W layer on disk: its changes in the order in which they came, one JSON object a line. Appended to before a command
// is told that it succeeded; the line that a killed process was writing is left out. A long one is written anew.
import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import { isSystemError, toPhylloError } from '../../lib/errors.ts';
import { writeAtomically } from '../../lib/files.ts';
import type { Change } from './tree-change.ts';

const READ_BYTES = 1024 * 1024;
const LINE_FEED = 0x0a;

export function journalPath(directory: string): string {
  return join(directory, 'changes.jsonl');
}

/** For the one process that may write. */
export class JournalWriter {
  private readonly fd: number;

  private constructor(fd: number) {
    this.fd = fd;
  }

  /** Makes it anew from `changes`. */
  static async start(directory: string, changes: Iterable<Change>): Promise<JournalWriter> {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const path = journalPath(directory);
    const lines = [...changes].map((change) => `${JSON.stringify(change)}\n`);
    await writeAtomically(path, lines.join(''));
    return new JournalWriter(openSync(path, 'a', 0o600));
  }

  append(change: Change): void {
    const line = Buffer.from(`${JSON.stringify(change)}\n`);
    for (let at = 0; at < line.length;) at += writeSync(this.fd, line, at);
  }

  close(): void {
    fsyncSync(this.fd);
    closeSync(this.fd);
  }
}

/** Reads on where it stopped, for those who watch. */
export class JournalReader {
  private readonly path: string;
  private file: FileHandle | undefined;
  private at = 0;
  private rest: Buffer = Buffer.alloc(0);

  constructor(directory: string) {
    this.path = journalPath(directory);
  }

  /** What was added since. `restarted`: the file is another one, its changes are all there are. */
  async read(): Promise<{ restarted: boolean; changes: Change[] }> {
    try {
      const restarted = await this.reopen();
      return { restarted, changes: this.file === undefined ? [] : await this.readLines(this.file) };
    } catch (error) {
      throw toPhylloError(error, 'read the container: its R/W layer');
    }
  }

  async close(): Promise<void> {
    await this.file?.close();
    this.file = undefined;
  }

  private async reopen(): Promise<boolean> {
    const next = await open(this.path, 'r').catch((error: unknown) => {
      if (isSystemError(error, 'ENOENT')) return undefined;
      throw error;
    });
    const [mine, there] = [await this.file?.stat(), await next?.stat()];
    if (mine?.ino === there?.ino && mine?.dev === there?.dev) {
      await next?.close();
      return false;
    }
    await this.file?.close();
    this.file = next;
    this.at = 0;
    this.rest = Buffer.alloc(0);
    return true;
  }

  private async readLines(file: FileHandle): Promise<Change[]> {
    const changes: Change[] = [];
    for (;;) {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(READ_BYTES), 0, READ_BYTES, this.at);
      if (bytesRead === 0) return changes;
      this.at += bytesRead;
      this.rest = Buffer.concat([this.rest, buffer.subarray(0, bytesRead)]);
      for (let end = this.rest.indexOf(LINE_FEED); end >= 0; end = this.rest.indexOf(LINE_FEED)) {
        changes.push(JSON.parse(this.rest.toString('utf8', 0, end)) as Change);
        this.rest = this.rest.subarray(end + 1);
      }
    }
  }
}
