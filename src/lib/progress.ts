// How long work tells what it is doing. One reporter per job; callers aggregate.

export interface Progress {
  /** What is being worked on, e.g. a short digest or a file name; unsafe until passed through `safeText`. */
  readonly item: string;
  readonly doneBytes: number;
  readonly totalBytes?: number;
}

export type ReportProgress = (progress: Progress) => void;
