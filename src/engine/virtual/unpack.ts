// Unpacks a tar into a directory of a virtual container, as `docker cp` does.
import type { Readable } from 'node:stream';
import type { TarEntry } from '../../layer/entry.ts';
import { TarParser } from '../../layer/tar-parser.ts';
import { PhylloError } from '../../lib/errors.ts';
import { NodeType } from '../../tree/layer-tree.ts';
import { fromBytes } from './byte-names.ts';
import { failure } from './errno.ts';
import { ROOT, resolvePlace } from './resolve.ts';
import { MAX_FILE_BYTES } from './room.ts';
import { type VirtualFiles } from './virtual-files.ts';

const TYPES = {
  file: NodeType.file,
  hardlink: NodeType.file,
  dir: NodeType.dir,
  symlink: NodeType.symlink,
  char: NodeType.char,
  block: NodeType.block,
  fifo: NodeType.fifo,
} as const;

/** Throws `not-found`, `invalid-argument` when `directory` is none, and what the parser throws. */
export async function unpackInto(
  files: VirtualFiles,
  directory: string,
  tar: AsyncIterable<Uint8Array> | Readable,
  options: { owners?: boolean; signal?: AbortSignal } = {},
): Promise<void> {
  const base = files.realpath(directory, ROOT);
  if (files.stat(base, ROOT, true).type !== NodeType.dir) throw failure('ENOTDIR', directory);
  const whole: { entry: TarEntry; body: Uint8Array }[] = [];
  let entry: TarEntry | undefined;
  let parts: Buffer[] = [];
  const parser = new TarParser({
    entry: (next) => {
      if (next.sizeBytes > MAX_FILE_BYTES)
        throw new PhylloError(
          'limit-exceeded',
          'unpack into the container: a file is too large for the virtual engine',
        );
      entry = next;
      parts = [];
    },
    data: (chunk) => void parts.push(Buffer.from(chunk)),
    endEntry: () => void whole.push({ entry: entry!, body: Buffer.concat(parts) }),
  });
  for await (const chunk of tar) {
    options.signal?.throwIfAborted();
    parser.write(chunk as Uint8Array);
    for (const each of whole.splice(0))
      await unpackEntry(files, base, each.entry, each.body, options.owners ?? false);
  }
  parser.end();
}

async function unpackEntry(
  files: VirtualFiles,
  base: string,
  entry: TarEntry,
  body: Uint8Array,
  owners: boolean,
): Promise<void> {
  const path = `${base === '/' ? '' : base}/${fromBytes(entry.path)}`;
  const { uid, gid } = owners ? entry : { uid: 0, gid: 0 };
  const attributes = { mode: entry.mode, uid, gid, time: [entry.mtimeSeconds, entry.mtimeNanos] as const };
  if (entry.path.length > 0) {
    makeParents(files, path);
    await place(files, base, path, entry, body);
  } else if (entry.type !== 'dir') return;
  if (entry.type !== 'hardlink') files.set(path, ROOT, attributes, false);
}

async function place(
  files: VirtualFiles,
  base: string,
  path: string,
  entry: TarEntry,
  body: Uint8Array,
): Promise<void> {
  const { name } = resolvePlace(files.tree, path, ROOT, false);
  const type = TYPES[entry.type];
  const staysDirectory = name?.inode.type === NodeType.dir && type === NodeType.dir;
  if (staysDirectory) return;
  if (name?.inode.type === NodeType.dir) throw failure('EISDIR', path);
  if (name !== undefined && !(name.inode.type === NodeType.file && entry.type === 'file'))
    files.remove(path, ROOT);
  if (entry.type === 'file') return files.write(path, ROOT, body, entry.mode);
  if (entry.type === 'hardlink') return files.link(`${base}/${fromBytes(entry.linkname)}`, path, ROOT);
  files.make(path, ROOT, {
    type,
    mode: entry.mode,
    uid: 0,
    gid: 0,
    ...(type === NodeType.symlink && { link: fromBytes(entry.linkname) }),
    ...((type === NodeType.char || type === NodeType.block) && {
      device: [entry.devMajor, entry.devMinor] as const,
    }),
  });
}

function makeParents(files: VirtualFiles, path: string): void {
  for (let end = path.indexOf('/', 1); end > 0; end = path.indexOf('/', end + 1)) {
    const { name } = resolvePlace(files.tree, path.slice(0, end), ROOT, true);
    if (name === undefined) files.mkdir(path.slice(0, end), ROOT, 0o755);
  }
}
