// A loaded file as a source: a tree with nothing else in it.
import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { EMPTY_ROOT, type FileFacts, type FileSource } from '../file-view.ts';
import { noFile } from '../context/table-view.ts';
import { textToRaw } from '../../dockerfile/runes.ts';
import type { FetchedFile } from './fetch-url.ts';
import type { CopySource } from './request.ts';

/** What a file from a URL may be done with, whatever the server says. */
const MODE = 0o600;

/** `unpacks`: `--unpack` was said. */
export function fetchedSource(file: FetchedFile, unpacks: boolean): CopySource {
  return {
    source: new FetchedSource(file),
    paths: [file.name],
    isLiteral: true,
    keepsOwners: false,
    unpacks,
  };
}

class FetchedSource implements FileSource {
  private readonly file: FetchedFile;
  private readonly facts: FileFacts;
  /** Raw. */
  private readonly name: string;

  constructor(file: FetchedFile) {
    this.file = file;
    this.name = textToRaw(file.name);
    const { sizeBytes, mtimeSeconds } = file;
    this.facts = { ...EMPTY_ROOT, type: 'file', mode: MODE, sizeBytes, mtimeSeconds };
  }

  lookup(path: string): FileFacts | undefined {
    if (path === '') return EMPTY_ROOT;
    return path === this.name ? this.facts : undefined;
  }

  children(path: string): readonly string[] {
    return path === '' ? [this.name] : [];
  }

  open(path: string): Readable {
    if (path !== this.name) throw noFile(path);
    return createReadStream(this.file.path);
  }

  async digest(path: string): Promise<string> {
    if (path !== this.name) throw noFile(path);
    return this.file.digest;
  }
}
