// A context that is a local directory: listed once, contents read when they are asked for.
import { Readable } from 'node:stream';
import { resolve } from 'node:path';
import type { FileFacts, FileSource } from '../file-view.ts';
import { FileDigests } from './file-digests.ts';
import { type ListedFile, canHoldDirectories, contentOf } from './listed-file.ts';
import { TableView } from './table-view.ts';
import { type WalkOptions, type WalkedDirectory, walkDirectory } from './walk-directory.ts';

export interface DirectoryContextOptions extends WalkOptions {
  /** A file that remembers digests from build to build; see `saveDigests`. */
  readonly digestFile?: string;
}

/** Throws what `walkDirectory` throws. */
export async function openDirectoryContext(
  path: string,
  options: DirectoryContextOptions = {},
): Promise<DirectoryContext> {
  // What it is called relative to must not change under us.
  const root = resolve(path);
  const files = await walkDirectory(root, options);
  const context = new DirectoryContext(root, files, options.digestFile);
  await context.loadDigests(options.signal);
  return context;
}

export class DirectoryContext implements FileSource {
  private readonly root: string;
  private readonly byDescriptor = canHoldDirectories();
  private readonly files: WalkedDirectory;
  private readonly view: TableView;
  private readonly digests: FileDigests;
  private readonly digestFile: string | undefined;

  constructor(root: string, files: WalkedDirectory, digestFile: string | undefined) {
    this.root = root;
    this.files = files;
    this.digestFile = digestFile;
    this.view = new TableView(
      files.table,
      files.leftOut.size === 0 ? undefined : (node) => files.leftOut.has(node),
    );
    this.digests = new FileDigests(files, (node) => this.listed(node));
  }

  async loadDigests(signal?: AbortSignal): Promise<void> {
    if (this.digestFile !== undefined) await this.digests.load(this.digestFile, signal);
  }

  /** Remembers what was hashed for the next build. To be called once at the end; a failure costs only time. */
  async saveDigests(): Promise<void> {
    if (this.digestFile !== undefined) await this.digests.save(this.digestFile);
  }

  lookup(path: string): FileFacts | undefined {
    return this.view.lookup(path);
  }

  children(path: string): readonly string[] {
    return this.view.children(path);
  }

  open(path: string): Readable {
    const listed = this.listed(this.view.findFile(path));
    return Readable.from(contentOf(listed), { objectMode: false });
  }

  async digest(path: string, signal?: AbortSignal): Promise<string> {
    return this.digests.of(this.view.findFile(path), signal);
  }

  private listed(node: number): ListedFile {
    const { table, identities } = this.files;
    return {
      root: this.root,
      byDescriptor: this.byDescriptor,
      path: table.path(node),
      sizeBytes: table.sizeBytes(node),
      mtimeNs: table.mtimeNs(node),
      isSame: (stat) => identities.holds(node, stat),
    };
  }
}
