// Content of a file of a container, had from the engine as an archive of that one file.
import { Readable } from 'node:stream';
import type { DockerClient } from '../../docker/client.ts';
import { TarParser } from '../../layer/tar-parser.ts';
import { PhylloError } from '../../lib/errors.ts';
import { readAll } from '../../lib/streams.ts';
import { safeBytes } from '../../lib/text.ts';
import type { FileContent } from '../../tree/content.ts';
import { type LayerTree, NodeType } from '../../tree/layer-tree.ts';

const MAX_READ_BYTES = 64 * 1024 * 1024;
/** Kept after the first read: engines know no ranges, and would pack the file again for every page of it. */
const MAX_KEPT_BYTES = 8 * 1024 * 1024;

export interface LiveFile {
  readonly client: DockerClient;
  readonly base: string;
  readonly tree: LayerTree;
  readonly node: number;
}

/** Throws `invalid-argument` for what has no content. */
export function liveContent({ client, base, tree, node }: LiveFile): FileContent {
  const path = Buffer.concat([Buffer.from('/'), tree.pathBytes(node)]);
  if (tree.type[node] !== NodeType.file) {
    throw new PhylloError('invalid-argument', `read ${safeBytes(path)}: it is not a regular file`);
  }
  return new ArchivedFile({ client, base, path }, tree.sizeBytes[node]!);
}

interface FilePlace {
  readonly client: DockerClient;
  readonly base: string;
  readonly path: Uint8Array;
}

class ArchivedFile implements FileContent {
  readonly sizeBytes: number;
  private readonly place: FilePlace;
  private kept: Uint8Array | undefined;

  constructor(place: FilePlace, sizeBytes: number) {
    this.place = place;
    this.sizeBytes = sizeBytes;
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    const start = Math.max(0, offset);
    const end = Math.min(this.sizeBytes, start + length);
    if (end - start > MAX_READ_BYTES) {
      throw new PhylloError('limit-exceeded', `read ${safeBytes(this.place.path)}: more than 64 MiB at once`);
    }
    if (end <= start) return new Uint8Array(0);
    if (this.sizeBytes > MAX_KEPT_BYTES) return await this.readPart(start, end);
    this.kept ??= await readAll(this.chunks(), this.sizeBytes, safeBytes(this.place.path));
    return this.kept.subarray(start, end);
  }

  async open(): Promise<Readable> {
    return Readable.from(this.chunks(), { objectMode: false });
  }

  private async readPart(start: number, end: number): Promise<Uint8Array> {
    const result = Buffer.alloc(end - start);
    let at = 0;
    let filled = 0;
    for await (const chunk of this.chunks()) {
      const part = chunk.subarray(Math.max(0, start - at), Math.max(0, end - at));
      result.set(part, filled);
      filled += part.length;
      at += chunk.length;
      if (at >= end) break;
    }
    return result.subarray(0, filled);
  }

  /** The file may have grown since its size was told: it is read no further than that. */
  private async *chunks(): AsyncGenerator<Uint8Array> {
    const { client, base, path } = this.place;
    const doing = `read ${safeBytes(path)}`;
    const answer = await client.stream({ path: `${base}/archive`, query: { path }, doing, timeoutMs: 0 });
    let entries = 0;
    let parts: Uint8Array[] = [];
    let left = this.sizeBytes;
    const parser = new TarParser({
      entry: () => entries++,
      data: (chunk) => entries === 1 && parts.push(chunk),
    });
    for await (const chunk of answer) {
      parser.write(chunk as Uint8Array);
      for (const part of parts) {
        const wanted = part.subarray(0, left);
        left -= wanted.length;
        if (wanted.length > 0) yield wanted;
      }
      parts = [];
      if (left === 0) return;
    }
  }
}
