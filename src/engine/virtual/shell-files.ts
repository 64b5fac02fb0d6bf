// The container's files in the form that just-bash takes: text paths, whole files. Here programs of the image turn into
// commands that we simulate: just-bash runs what lies in /usr/bin or /bin under a name that it knows, and takes any
// other file that it may execute for a script; it reads that right after it looked at it, and is given a script of ours.
import { posix } from 'node:path';
import type { ByteString, FsStat, IFileSystem } from 'just-bash';
import { unsafeBytesFromLatin1 } from 'just-bash';
import { isPhylloError } from '../../lib/errors.ts';
import { NodeType } from '../../tree/layer-tree.ts';
import { encodeText, fromBytes, toByteName, toTextName } from './byte-names.ts';
import { scriptOf } from './program-kind.ts';
import type { RemoteFiles } from './remote-files.ts';
import { StandIns } from './stand-ins.ts';
import type { FileStat } from './file-stat.ts';

type Encoding = Parameters<IFileSystem['readFile']>[1];
type Written = Parameters<IFileSystem['writeFile']>[1];

/** Where the output of a process goes; looked at by nobody but the redirections that we add. */
export const STREAM_PATHS = {
  /** One line of the input at a time. */
  stdin: '/proc/self/fd/0',
  stdout: '/proc/self/fd/1',
  stderr: '/proc/self/fd/2',
} as const;
/** The command that stands in for the image's programs. */
export const RUN_COMMAND = 'phyllo-run';
const RUN_PATH = `/usr/bin/${RUN_COMMAND}`;
const PROGRAM_HEAD_BYTES = 4096;

export class ShellFiles implements IFileSystem {
  readonly remote: RemoteFiles;
  readonly standIns = new StandIns();
  private lastStat = '';

  constructor(remote: RemoteFiles) {
    this.remote = remote;
  }

  private isOurs(path: string): boolean {
    return path === RUN_PATH || this.standIns.has(path);
  }

  async readFile(path: string, options?: Encoding): Promise<string> {
    const isProgram = this.lastStat === path;
    const data = await this.readFileBuffer(path);
    if (isProgram) {
      const script = scriptOf(path, data.subarray(0, PROGRAM_HEAD_BYTES));
      if (script !== undefined) return script;
    }
    const encoding = typeof options === 'string' ? options : options?.encoding;
    if (encoding === 'binary' || encoding === 'latin1') return fromBytes(data);
    return Buffer.from(data).toString(encoding ?? 'utf8');
  }

  async readFileBytes(path: string): Promise<ByteString> {
    return unsafeBytesFromLatin1(fromBytes(await this.readFileBuffer(path)));
  }

  async readFileBuffer(path: string): Promise<Uint8Array> {
    this.lastStat = '';
    if (path === RUN_PATH) return new Uint8Array(0);
    if (path === STREAM_PATHS.stdin) {
      const line = await this.remote.call('inputLine');
      return line ?? new Uint8Array(0);
    }
    return this.remote.call('read', toByteName(path), 0, Infinity);
  }

  async writeFile(path: string, content: Written, options?: Encoding): Promise<void> {
    const data = bytesOf(content, options);
    const stream = streamOf(path);
    if (stream === undefined) await this.remote.call('write', toByteName(path), data);
    else if (data.length > 0) await this.remote.call('output', stream, data);
  }

  async appendFile(path: string, content: Written, options?: Encoding): Promise<void> {
    const data = bytesOf(content, options);
    const stream = streamOf(path);
    if (stream === undefined) await this.remote.call('append', toByteName(path), data);
    else if (data.length > 0) await this.remote.call('output', stream, data);
  }

  async exists(path: string): Promise<boolean> {
    if (path === '/usr/bin') {
      const answer = this.standIns.hidesCommands();
      if (answer !== undefined) return answer;
    }
    if (this.isOurs(path) || streamOf(path) !== undefined || path === STREAM_PATHS.stdin) return true;
    return this.standIns.looked(path, await this.isThere(path));
  }

  private isThere(path: string): Promise<boolean> {
    return this.remote.call('stat', toByteName(path), true).then(
      () => true,
      (error: unknown) => {
        if (isPhylloError(error)) return false;
        throw error;
      },
    );
  }

  async stat(path: string): Promise<FsStat> {
    if (this.isOurs(path)) return OUR_PROGRAM;
    if (streamOf(path) !== undefined || path === STREAM_PATHS.stdin) return STREAM;
    const stat = toFsStat(await this.remote.call('stat', toByteName(path), true));
    this.lastStat = path;
    return stat;
  }

  async lstat(path: string): Promise<FsStat> {
    if (this.isOurs(path)) return OUR_PROGRAM;
    return toFsStat(await this.remote.call('stat', toByteName(path), false));
  }

  async mkdir(path: string, options?: { recursive?: boolean }): Promise<void> {
    if (options?.recursive !== true) return this.remote.call('mkdir', toByteName(path), 0o755);
    const missing: string[] = [];
    for (let at = path; !(await this.isThere(at)); at = posix.dirname(at)) missing.push(at);
    for (const directory of missing.reverse()) await this.remote.call('mkdir', toByteName(directory), 0o755);
    if (!(await this.stat(path)).isDirectory) await this.remote.call('mkdir', toByteName(path), 0o755);
  }

  async readdir(path: string): Promise<string[]> {
    return (await this.remote.call('list', toByteName(path))).map(({ name }) => toTextName(name));
  }

  async readdirWithFileTypes(
    path: string,
  ): Promise<{ name: string; isFile: boolean; isDirectory: boolean; isSymbolicLink: boolean }[]> {
    return (await this.remote.call('list', toByteName(path))).map(({ name, type }) => ({
      name: toTextName(name),
      isFile: type === NodeType.file,
      isDirectory: type === NodeType.dir,
      isSymbolicLink: type === NodeType.symlink,
    }));
  }

  async rm(path: string, options?: { recursive?: boolean; force?: boolean }): Promise<void> {
    await this.remote
      .call('remove', toByteName(path), options?.recursive ?? false)
      .catch((error: unknown) => {
        if (!options?.force || !isPhylloError(error, 'not-found')) throw error;
      });
  }

  async cp(source: string, target: string, options?: { recursive?: boolean }): Promise<void> {
    const stat = await this.remote.call('stat', toByteName(source), options?.recursive !== true);
    if (stat.type === NodeType.symlink) return this.symlink(toTextName(stat.link), target);
    if (stat.type !== NodeType.dir) {
      await this.writeFile(target, await this.readFileBuffer(source));
      return this.chmod(target, stat.mode & 0o777);
    }
    if (!options?.recursive) throw new Error(`EISDIR: illegal operation on a directory, cp '${source}'`);
    if (!(await this.isThere(target))) await this.mkdir(target);
    for (const name of await this.readdir(source)) {
      await this.cp(posix.join(source, name), posix.join(target, name), options);
    }
  }

  async mv(source: string, target: string): Promise<void> {
    await this.remote.call('rename', toByteName(source), toByteName(target));
  }

  resolvePath(base: string, path: string): string {
    return posix.resolve(base, path);
  }

  getAllPaths(): string[] {
    return [];
  }

  async chmod(path: string, mode: number): Promise<void> {
    await this.remote.call('set', toByteName(path), { mode: mode & 0o7777 }, true);
  }

  async symlink(target: string, path: string): Promise<void> {
    await this.remote.call('symlink', toByteName(target), toByteName(path));
  }

  async link(existing: string, path: string): Promise<void> {
    await this.remote.call('link', toByteName(existing), toByteName(path));
  }

  async readlink(path: string): Promise<string> {
    const { type, link } = await this.remote.call('stat', toByteName(path), false);
    if (type !== NodeType.symlink) throw new Error(`EINVAL: invalid argument, readlink '${path}'`);
    return toTextName(link);
  }

  async realpath(path: string): Promise<string> {
    return toTextName(await this.remote.call('realpath', toByteName(path)));
  }

  async utimes(path: string, _atime: Date, mtime: Date): Promise<void> {
    const ms = mtime.getTime();
    const seconds = Math.floor(ms / 1000);
    await this.remote.call('set', toByteName(path), { time: [seconds, (ms - seconds * 1000) * 1e6] }, true);
  }
}

const OUR_PROGRAM: FsStat = {
  isFile: true,
  isDirectory: false,
  isSymbolicLink: false,
  mode: 0o755,
  size: 0,
  mtime: new Date(0),
};
const STREAM: FsStat = { ...OUR_PROGRAM, isFile: false, mode: 0o620 };

function streamOf(path: string): 'stdout' | 'stderr' | undefined {
  if (path === STREAM_PATHS.stdout) return 'stdout';
  return path === STREAM_PATHS.stderr ? 'stderr' : undefined;
}

function bytesOf(content: Written, options: Encoding): Uint8Array {
  if (typeof content !== 'string') return content;
  const encoding = typeof options === 'string' ? options : options?.encoding;
  if (encoding === 'binary' || encoding === 'latin1') return Buffer.from(content, 'latin1');
  return encoding === 'base64' || encoding === 'hex' ? Buffer.from(content, encoding) : encodeText(content);
}

function toFsStat({ type, mode, sizeBytes, time, number }: FileStat): FsStat {
  return {
    isFile: type === NodeType.file,
    isDirectory: type === NodeType.dir,
    isSymbolicLink: type === NodeType.symlink,
    mode,
    size: sizeBytes,
    mtime: new Date(time[0] * 1000 + time[1] / 1e6),
    ino: number,
    dev: 1,
  };
}
