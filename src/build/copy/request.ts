// What a COPY or ADD asks for, when everything in it is expanded and looked up. Its paths are text as in the Dockerfile;
// those of trees are raw.
import type { FileSource } from '../file-view.ts';
import type { ModeChange } from './mode.ts';

export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** Paths that are taken from one place. */
export interface CopySource {
  readonly source: FileSource;
  /** As written, may hold patterns and lead out of the source: they are clamped to it. */
  readonly paths: readonly string[];
  /** True: `*` and its like are characters of a name, links are not followed. For what came by a URL. */
  readonly isLiteral?: boolean;
  /** Owners and capabilities of files are kept (stages, images), else all belongs to 0:0 (contexts). */
  readonly keepsOwners: boolean;
  /** Archives are unpacked (ADD) instead of copied. */
  readonly unpacks: boolean;
}

/** A heredoc. */
export interface InlineFile {
  /** The last part of it names the file. */
  readonly name: string;
  readonly content: Uint8Array;
}

export interface CopyRequest {
  /** In the order of the instruction; they are taken one after the other, later ones overwrite. */
  readonly sources: readonly CopySource[];
  /** After the sources. */
  readonly files: readonly InlineFile[];
  /** As written; relative to `workingDir`. */
  readonly destination: string;
  readonly workingDir: string;
  /** `--chown`, also for directories that have to be made. */
  readonly owner?: Owner | undefined;
  /** `--chmod`, for what is copied. */
  readonly mode?: ModeChange | undefined;
  readonly parents: boolean;
  /** In the form of `.dockerignore`, within each source. */
  readonly exclude: readonly string[];
  /** Nothing below is looked at, no link there followed. Without effect beside `mode`. */
  readonly link: boolean;
  /** The time of files and directories that have none of their own. */
  readonly createdSeconds: number;
}
