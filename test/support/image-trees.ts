// File trees as text, one line an entry, the same for an image explored by us and for a directory on disk.
import { createHash } from 'node:crypto';
import { lstatSync, readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { type NativeCalls, loadNative } from '../../src/lib/native.ts';
import { NodeType } from '../../src/tree/layer-tree.ts';
import { SquashView } from '../../src/tree/squash-view.ts';
import type { StackIndex } from '../../src/tree/stack-index.ts';

interface Facts {
  readonly type: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly mtimeSeconds: number;
  /** Content digest, link text or device number. */
  readonly detail: string;
  readonly xattrs: readonly string[];
  /** Names of one inode have the same. */
  readonly inode: string;
}

const TYPES: Readonly<Record<number, string>> = {
  [NodeType.file]: 'file',
  [NodeType.dir]: 'dir',
  [NodeType.symlink]: 'symlink',
  [NodeType.char]: 'char',
  [NodeType.block]: 'block',
  [NodeType.fifo]: 'fifo',
};

/** The top of a stack whose contents are all known. */
export function treeOfStack(stack: StackIndex): string[] {
  const view = new SquashView(stack);
  const entries = new Map<string, Facts>();
  for (let node = 1; node < stack.count; node++) {
    if (view.has(node)) entries.set(latin1(stack.pathBytes(node)), factsOf(stack, view.version[node]!));
  }
  return linesOf(entries);
}

function factsOf(stack: StackIndex, version: number): Facts {
  const { layer, tree, node } = stack.locateContent(version);
  const [major, minor] = tree.device(node);
  const type = TYPES[tree.type[node]!]!;
  const details: Readonly<Record<string, () => string>> = {
    file: () => `${tree.sizeBytes[node]} ${Buffer.from(tree.digestBytes(node) ?? []).toString('hex')}`,
    symlink: () => latin1(tree.linkBytes(node)),
    char: () => `${major}:${minor}`,
    block: () => `${major}:${minor}`,
  };
  return {
    type,
    mode: tree.mode[node]!,
    uid: tree.uid[node]!,
    gid: tree.gid[node]!,
    mtimeSeconds: tree.mtimeSeconds[node]!,
    detail: details[type]?.() ?? '',
    xattrs: tree
      .xattrs(node)
      .map(([name, base64]) => `${name}=${base64}`)
      .toSorted(),
    inode: `${layer}:${tree.inode[node]}`,
  };
}

/** As root, so that everything can be read. */
export function treeOfDirectory(root: string): string[] {
  const native = loadNative();
  const entries = new Map<string, Facts>();
  const visit = (place: Buffer, path: string): void => {
    for (const name of readdirSync(place, { encoding: 'buffer' })) {
      const child = Buffer.concat([place, Buffer.from('/'), name]);
      const childPath = `${path}${latin1(name)}`;
      const facts = factsOfFile(child, native);
      entries.set(childPath, facts);
      if (facts.type === 'dir') visit(child, `${childPath}/`);
    }
  };
  visit(Buffer.from(root), '');
  return linesOf(entries);
}

function factsOfFile(place: Buffer, native: NativeCalls | undefined): Facts {
  const stat = lstatSync(place, { bigint: true });
  const device = (): string => `${major(stat.rdev)}:${minor(stat.rdev)}`;
  const [type, detail] = stat.isDirectory()
    ? ['dir', '']
    : stat.isSymbolicLink()
      ? ['symlink', latin1(readlinkSync(place, 'buffer'))]
      : stat.isFile()
        ? ['file', `${stat.size} ${createHash('sha256').update(readFileSync(place)).digest('hex')}`]
        : stat.isFIFO()
          ? ['fifo', '']
          : [stat.isCharacterDevice() ? 'char' : 'block', device()];
  return {
    type: type!,
    mode: Number(stat.mode & 0o7777n),
    uid: Number(stat.uid),
    gid: Number(stat.gid),
    mtimeSeconds: Number(stat.mtimeNs / 1_000_000_000n),
    detail: detail!,
    xattrs: xattrsOf(place, native),
    inode: String(stat.ino),
  };
}

function xattrsOf(place: Buffer, native: NativeCalls | undefined): string[] {
  if (native === undefined) return [];
  return native
    .listXattrs(place)
    .map((name) => `${name}=${Buffer.from(native.getXattr(place, name)!).toString('base64')}`)
    .toSorted();
}

function major(rdev: bigint): bigint {
  return ((rdev >> 8n) & 0xfffn) | ((rdev >> 32n) & ~0xfffn);
}

function minor(rdev: bigint): bigint {
  return (rdev & 0xffn) | ((rdev >> 12n) & ~0xffn);
}

/** A second name of an inode points to its first; the times of symlinks are not kept everywhere. */
function linesOf(entries: ReadonlyMap<string, Facts>): string[] {
  const first = new Map<string, string>();
  return [...entries]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([path, { type, mode, uid, gid, mtimeSeconds, detail, xattrs, inode }]) => {
      const known = type === 'dir' ? undefined : first.get(inode);
      if (known !== undefined) return `${path} = ${known}`;
      first.set(inode, path);
      const shownMode = type === 'symlink' ? '' : ` ${mode.toString(8)}`;
      const time = type === 'symlink' ? '' : ` @${mtimeSeconds}`;
      return [`${path} ${type}${shownMode} ${uid}:${gid}${time}`, detail, ...xattrs].join(' ').trimEnd();
    });
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1');
}
