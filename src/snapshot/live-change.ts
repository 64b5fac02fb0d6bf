// What a container did to its image's file system, and what it just did, as people are told of it.
import type { NodeType } from '../tree/layer-tree.ts';

export type LiveKind = 'add' | 'copy-up' | 'whiteout' | 'opaque' | 'rename';

/** One path of the R/W layer. Directories that are only there to hold others have none. */
export interface LiveChange {
  /** Raw bytes, no leading slash. */
  readonly path: Uint8Array;
  readonly kind: LiveKind;
  readonly type: NodeType;
  /** Of the live tree. */
  readonly node: number;
  /** What the R/W layer holds for it. */
  readonly sizeBytes: number;
  /** Bytes that really differ from the covered file; `sizeBytes` where there was none, 0 for a change of metadata. */
  readonly changedBytes: number;
  /** The layer whose file was copied up, hidden or moved. */
  readonly fromLayer?: number;
  /** Why it was copied up. */
  readonly because?: 'write' | 'metadata';
  /** Where it was moved from, raw bytes. */
  readonly from?: Uint8Array;
  /** Bytes of the lower layers' files that a whiteout or an opaque directory hides. */
  readonly hiddenBytes?: number;
  /** Another one whenever content or attributes changed. */
  readonly stamp?: string;
}

export interface LiveEvent {
  /** RFC 3339. */
  readonly time: string;
  /** `write`: a path that was in the R/W layer already changed again; `undo`: it left the R/W layer. */
  readonly action: LiveKind | 'write' | 'undo';
  readonly change: LiveChange;
}

/** Sums over the R/W layer. */
export interface LiveTotals {
  readonly added: number;
  readonly copiedUp: number;
  readonly whiteouts: number;
  readonly sizeBytes: number;
  readonly changedBytes: number;
  /** Bytes that were copied but are as they were. */
  readonly unchangedBytes: number;
}
