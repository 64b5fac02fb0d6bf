// What is told of a file.
import { NodeType } from '../../tree/layer-tree.ts';
import type { Name, Time } from './inode.ts';

export interface FileStat {
  readonly number: number;
  readonly type: NodeType;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly sizeBytes: number;
  readonly time: Time;
  readonly names: number;
  readonly link: string;
  readonly device: readonly [major: number, minor: number] | undefined;
}

export interface FileEntry extends FileStat {
  readonly name: string;
}

export function statOf({ inode }: Name): FileStat {
  const { number, type, uid, gid, time, names, link, device } = inode;
  const mode = type === NodeType.symlink ? 0o777 : inode.mode;
  const sizeBytes = type === NodeType.dir ? 4096 : type === NodeType.symlink ? link.length : inode.sizeBytes;
  return { number, type, mode, uid, gid, sizeBytes, time, names, link, device };
}
