// A step that makes a layer, ready to be done: what its result depends on, and how it is made when it is not there.
import type { Writable } from 'node:stream';
import type { ContainerId } from '../engine/container.ts';
import type { Engine } from '../engine/engine.ts';
import type { PhylloError } from '../lib/errors.ts';
import type { ReportProgress } from '../lib/progress.ts';
import type { KeyPart } from './cache-key.ts';

export interface WorkIo {
  readonly stdout: Writable;
  readonly stderr: Writable;
  readonly signal: AbortSignal;
  readonly onProgress?: ReportProgress;
  /** A container works on the step: its changes can be watched. */
  readonly onContainer?: (engine: Engine, id: ContainerId) => void;
}

export interface MadeLayer {
  /** An uncompressed layer tar. */
  readonly tar: AsyncIterable<Uint8Array>;
  /** It failed, but what it did until then is there to be looked at. */
  readonly failure?: PhylloError;
  /** When `tar` was read, or will not be. */
  done(): Promise<void>;
}

export interface LayerWork {
  readonly parts: readonly KeyPart[];
  /** The row of history. */
  readonly createdBy: string;
  /** One line each, safe to show. */
  readonly warnings: readonly string[];
  /** The row alone says all that the result depends on besides the files below. */
  readonly isToldByRow: boolean;
  make(io: WorkIo): Promise<MadeLayer>;
}
