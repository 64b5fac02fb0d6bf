// One node of a LayerTree while it grows.
import type { TarEntry } from '../layer/entry.ts';
import { NodeFlag, NodeType } from './layer-tree.ts';

const EMPTY: Uint8Array = new Uint8Array(0);

/**
 * A node while the tree grows, at first a directory that the layer implies. Names are latin1 strings: one code unit a
 * byte, so they sort as the bytes do.
 */
export class Draft {
  readonly name: string;
  children: Map<string, Draft> | undefined = undefined;
  type: NodeType;
  flags: number;
  mode: number;
  uid = 0;
  gid = 0;
  sizeBytes = 0;
  dataOffset = -1;
  mtimeSeconds = 0;
  mtimeNanos = 0;
  link = EMPTY;
  inode = 0;
  xattrSet = 0;
  device: readonly [major: number, minor: number] | undefined = undefined;
  sparse: TarEntry['sparse'] = undefined;
  digest: Uint8Array | undefined = undefined;

  constructor(name: string, type: NodeType = NodeType.dir, flags: number = NodeFlag.implicit) {
    this.name = name;
    this.type = type;
    this.flags = flags;
    this.mode = type === NodeType.dir ? 0o755 : 0;
  }

  add(child: Draft): Draft {
    (this.children ??= new Map()).set(child.name, child);
    return child;
  }
}
