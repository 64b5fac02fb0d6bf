// What happens to a layer that is pulled or pushed, in docker's words.
import type { Digest } from '../oci/digest.ts';

export type LayerStatus =
  | 'Pulling fs layer'
  | 'Waiting'
  | 'Downloading'
  | 'Download complete'
  | 'Extracting'
  | 'Pull complete'
  | 'Already exists'
  | 'Preparing'
  | 'Pushing'
  | 'Pushed'
  | 'Layer already exists'
  | 'Mounted from';

export interface LayerEvent {
  /** Of the blob. */
  readonly layer: Digest;
  readonly status: LayerStatus;
  /** Whom it waits for, or where it was mounted from. Safe to show. */
  readonly detail?: string;
  readonly doneBytes?: number;
  readonly totalBytes?: number;
}

export type ReportLayer = (event: LayerEvent) => void;
