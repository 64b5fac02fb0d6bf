// A change of a virtual container's tree, as it is applied and as the journal keeps it.
import type { NodeType } from '../../tree/layer-tree.ts';
import type { Body, Inode, Time } from './inode.ts';

/** Paths are byte names without leading slash; links on the way were followed already. */
export type Change =
  | { readonly op: 'copy'; readonly path: string; readonly time?: Time }
  | { readonly op: 'add'; readonly path: string; readonly time: Time; readonly made: NewInode }
  | { readonly op: 'set'; readonly path: string; readonly time?: Time; readonly set: Attributes }
  | {
      readonly op: 'body';
      readonly path: string;
      readonly time: Time;
      readonly body: Body;
      readonly sizeBytes: number;
    }
  | { readonly op: 'link'; readonly path: string; readonly time: Time; readonly from: string }
  | { readonly op: 'remove'; readonly path: string; readonly time: Time }
  | { readonly op: 'move'; readonly path: string; readonly time: Time; readonly from: string };

export interface NewInode {
  readonly type: NodeType;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly link?: string;
  readonly device?: readonly [major: number, minor: number];
  readonly body?: Body;
  readonly sizeBytes?: number;
  readonly xattrs?: Inode['xattrs'];
  readonly movedFrom?: string;
}

export interface Attributes {
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
  readonly time?: Time;
  readonly movedFrom?: string;
}
