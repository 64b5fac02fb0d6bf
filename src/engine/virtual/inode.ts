// A file, directory or link of a virtual container, and the names that it has in the merged tree.
import type { NodeType } from '../../tree/layer-tree.ts';

/** Where a regular file's bytes are. */
export type Body =
  | { readonly kind: 'empty' }
  /** As a lower layer has them: never copied before they are written. */
  | { readonly kind: 'lower'; readonly version: number }
  /** In the numbered file of the R/W layer. */
  | { readonly kind: 'own'; readonly number: number }
  | { readonly kind: 'device'; readonly device: DeviceName }
  | { readonly kind: 'made'; readonly text: string };

export type DeviceName = 'null' | 'zero' | 'full' | 'random' | 'tty' | 'stdin' | 'stdout' | 'stderr';

/** Seconds since the epoch, and nanoseconds. */
export type Time = readonly [seconds: number, nanos: number];

export interface Inode {
  readonly number: number;
  readonly type: NodeType;
  mode: number;
  uid: number;
  gid: number;
  time: Time;
  sizeBytes: number;
  body: Body;
  /** Text of a symbolic link, a byte name. */
  readonly link: string;
  readonly device: readonly [major: number, minor: number] | undefined;
  readonly xattrs: readonly (readonly [name: string, base64: string])[];
  /** Names that it has; 1 for those of the image. */
  names: number;
  /** Of an image's file: the same for its other names in the same layer. */
  readonly lowerId?: string;
}

export interface Name {
  /** Byte name; empty for the root. */
  name: string;
  parent: Name | undefined;
  inode: Inode;
  /** The R/W layer has it. */
  upper: boolean;
  /** Of a directory: the path node of the lower directory that shows through, or ABSENT. */
  lower: number;
  /** Of a directory, once somebody looked. */
  children: Map<string, Name> | undefined;
  /** Names of the lower directory that whiteouts hide. */
  readonly hidden: Set<string>;
  /** In the R/W layer it covers a directory below as a whole. */
  opaque: boolean;
  /** Of /dev and /proc: never part of the R/W layer. */
  readonly volatile: boolean;
  /** The path of a lower layer that it was moved from. */
  movedFrom: string | undefined;
}

export function pathOf(name: Name): string {
  const parts: string[] = [];
  for (let at: Name = name; at.parent !== undefined; at = at.parent) parts.push(at.name);
  return parts.reverse().join('/');
}
