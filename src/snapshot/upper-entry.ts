// One entry of an upperdir as it was seen last: what a layer will hold of it, and by what a change of it is told.
import { type BigIntStats, readlinkSync } from 'node:fs';
import { isHostsOwn, metadataOf } from '../layer/apply-attributes.ts';
import { deviceOf } from '../layer/make.ts';
import type { NativeCalls } from '../lib/native.ts';
import { Draft } from '../tree/draft.ts';
import { NodeFlag, NodeType } from '../tree/layer-tree.ts';
import type { Comparison } from './changed-bytes.ts';
import type { LowerEntry } from './upper-lowers.ts';

type Xattrs = ReadonlyMap<string, Uint8Array>;

export class UpperEntry {
  readonly draft: Draft;
  stat: BigIntStats;
  /** Without overlayfs's own. */
  xattrs: Xattrs | undefined;
  /** What the image shows at its path: null for nothing, undefined as long as nobody looked. */
  covered: LowerEntry | null | undefined = undefined;
  /** See LiveLayer; undefined as long as it is not known. */
  changedBytes: number | undefined = undefined;
  /** That is going on. */
  comparison: Comparison | undefined = undefined;

  constructor(draft: Draft, stat: BigIntStats, xattrs: Xattrs | undefined) {
    this.draft = draft;
    this.stat = stat;
    this.xattrs = xattrs;
  }

  get isFile(): boolean {
    return this.draft.type === NodeType.file;
  }

  get isOpaque(): boolean {
    return (this.draft.flags & NodeFlag.opaque) !== 0;
  }

  /** Every change of content or attributes moves the time of change, which programs cannot set. */
  isAsIn(stat: BigIntStats): boolean {
    const old = this.stat;
    return (
      old.ino === stat.ino &&
      old.ctimeNs === stat.ctimeNs &&
      old.mtimeNs === stat.mtimeNs &&
      old.size === stat.size &&
      old.nlink === stat.nlink
    );
  }

  /** The same directory, hiding what it hid before: all that is known of what is in it stays true. */
  isDirectoryOf({ draft, stat, isOpaque }: UpperEntry): boolean {
    return (
      draft.type === NodeType.dir &&
      this.stat.ino === stat.ino &&
      this.stat.dev === stat.dev &&
      this.isOpaque === isOpaque
    );
  }

  /** Becomes what was seen now of the same inode. False when nothing is different. */
  take({ draft: next, stat, xattrs }: UpperEntry): boolean {
    const { draft } = this;
    const { mode, uid, gid, sizeBytes, mtimeSeconds, mtimeNanos } = next;
    const isSame =
      draft.mode === mode &&
      draft.uid === uid &&
      draft.gid === gid &&
      draft.sizeBytes === sizeBytes &&
      draft.mtimeSeconds === mtimeSeconds &&
      draft.mtimeNanos === mtimeNanos &&
      sameXattrs(this.xattrs, xattrs);
    Object.assign(draft, { mode, uid, gid, sizeBytes, mtimeSeconds, mtimeNanos });
    this.stat = stat;
    this.xattrs = xattrs;
    return !isSame;
  }
}

function sameXattrs(a: Xattrs | undefined, b: Xattrs | undefined): boolean {
  if ((a?.size ?? 0) !== (b?.size ?? 0)) return false;
  return [...(a ?? [])].every(([name, value]) => {
    const other = b?.get(name);
    return other !== undefined && Buffer.compare(value, other) === 0;
  });
}

/** undefined for sockets, which are no part of a layer. `place` names the entry for calls that do not follow links. */
export function describeUpper(
  name: string,
  stat: BigIntStats,
  place: Buffer,
  native: NativeCalls | undefined,
): UpperEntry | undefined {
  const type = nodeType(stat);
  if (type === undefined) return undefined;
  if (type === NodeType.whiteout) return new UpperEntry(new Draft(name, type, 0), stat, undefined);
  const { xattrs, marks } = readXattrs(place, native);
  if (type === NodeType.file && stat.size === 0n && marks.has('whiteout')) {
    return new UpperEntry(new Draft(name, NodeType.whiteout, 0), stat, undefined);
  }
  const opaque = type === NodeType.dir && marks.get('opaque') === 'y';
  const draft = new Draft(name, type, opaque ? NodeFlag.opaque : 0);
  const { mode, uid, gid, mtimeSeconds, mtimeNanos } = metadataOf(stat);
  Object.assign(draft, { mode, uid, gid, mtimeSeconds, mtimeNanos });
  if (type === NodeType.file) draft.sizeBytes = Number(stat.size);
  if (type === NodeType.symlink) draft.link = readlinkSync(place, 'buffer');
  if (type === NodeType.char || type === NodeType.block) draft.device = deviceOf(stat);
  return new UpperEntry(draft, stat, xattrs);
}

function nodeType(stat: BigIntStats): NodeType | undefined {
  if (stat.isFile()) return NodeType.file;
  if (stat.isDirectory()) return NodeType.dir;
  if (stat.isSymbolicLink()) return NodeType.symlink;
  if (stat.isCharacterDevice()) return stat.rdev === 0n ? NodeType.whiteout : NodeType.char;
  if (stat.isBlockDevice()) return NodeType.block;
  return stat.isFIFO() ? NodeType.fifo : undefined;
}

const MARK = /^(?:trusted|user)\.overlay\.(\w+)$/;

interface ReadXattrs {
  xattrs: Xattrs | undefined;
  /** overlayfs's own, by their last word. */
  readonly marks: ReadonlyMap<string, string>;
}

const NO_XATTRS: ReadXattrs = { xattrs: undefined, marks: new Map() };

/** Without native calls, and of what went away meanwhile, there are none. */
function readXattrs(place: Buffer, native: NativeCalls | undefined): ReadXattrs {
  if (native === undefined) return NO_XATTRS;
  try {
    const names = native.listXattrs(place);
    if (names.length === 0) return NO_XATTRS;
    const xattrs = new Map<string, Uint8Array>();
    const marks = new Map<string, string>();
    for (const name of names.sort()) {
      const mark = MARK.exec(name)?.[1];
      if (mark === 'opaque' || mark === 'whiteout') {
        marks.set(mark, Buffer.from(native.getXattr(place, name) ?? []).toString('latin1'));
      }
      const value = isHostsOwn(name) ? undefined : native.getXattr(place, name);
      if (value !== undefined) xattrs.set(name, Buffer.from(value));
    }
    return { xattrs: xattrs.size === 0 ? undefined : xattrs, marks };
  } catch {
    return NO_XATTRS;
  }
}
