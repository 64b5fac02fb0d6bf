// What one comparison with BuildKit is made of: a Dockerfile, its context, and how it is built.

/** A text is a file's content. */
export interface ContextFile {
  readonly content?: string | Uint8Array;
  /** Default: 0o644 for files, 0o755 for directories. */
  readonly mode?: number;
  /** Target of a symlink. */
  readonly link?: string;
  /** Another file of the context that this is a second name of. */
  readonly hardLink?: string;
  /** Of user and group. */
  readonly owner?: number;
}

/** `'name/': {}` is a directory; those of files need not be named. */
export type Context = Readonly<Record<string, string | ContextFile>>;

export interface BuildCase {
  readonly name: string;
  /** Lines. A text is taken as it is. */
  readonly dockerfile: string | readonly string[];
  readonly context?: Context;
  /** Where the Dockerfile is, in the context. Default: `Dockerfile`. */
  readonly file?: string;
  readonly buildArgs?: Readonly<Record<string, string>>;
  readonly target?: string;
  /** Both have to refuse it. */
  readonly fails?: true;
  /** History entries that BuildKit words differently since: then and now. */
  readonly respelled?: Readonly<Record<string, string>>;
  /** RUN of BuildKit 0.8 leaves dev, etc, proc and sys behind where the image has none. */
  readonly accepts?: 'run-mount-points';
}

export interface CaseGroup {
  readonly group: string;
  readonly cases: readonly BuildCase[];
}
