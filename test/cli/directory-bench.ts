// A build with a directory beside its context: `--build-context src=DIRECTORY`.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { BuildBench, type Files } from './build-bench.ts';

export interface ImageDocument {
  readonly created: string;
  readonly architecture: string;
  readonly variant?: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly history: readonly Readonly<Record<string, unknown>>[];
  readonly rootfs: { readonly diff_ids: readonly string[] };
}

/** The row of history of the directory's layer. */
export const ADDED_ROW = { created_by: 'local source for src', comment: 'buildkit.exporter.image.v0' };

export class DirectoryBench extends BuildBench {
  readonly source = this.path('src');
  readonly given = ['--build-context', `src=${this.source}`] as const;

  /** These files and no others are the directory. */
  put(files: Files): void {
    rmSync(this.source, { recursive: true, force: true });
    mkdirSync(this.source);
    for (const [name, content] of Object.entries(files)) {
      mkdirSync(dirname(join(this.source, name)), { recursive: true });
      writeFileSync(join(this.source, name), content);
    }
  }

  /** The context has it, and a file. */
  dockerfile(...lines: readonly string[]): void {
    this.write({ Dockerfile: `${lines.join('\n')}\n`, 'own.txt': 'own' });
  }

  /** Of the store. */
  blob(digest: string): Buffer {
    return readFileSync(join(this.root, 'blobs', digest.replace(':', '/')));
  }

  /** The config as it is written. */
  document(id: string): ImageDocument {
    return JSON.parse(this.blob(id).toString()) as ImageDocument;
  }
}
