// An image as `docker save` and `phyllo save` write it, read into memory.
import { posix } from 'node:path';
import type { Readable } from 'node:stream';
import { gunzipSync } from 'node:zlib';
import { extract } from 'tar-stream';

export interface SavedImage {
  readonly config: Readonly<Record<string, unknown>>;
  /** Uncompressed tars, the lowest first. */
  readonly layers: readonly Buffer[];
}

export async function readSavedImage(archive: Readable): Promise<SavedImage> {
  const files = new Map<string, Buffer>();
  const links = new Map<string, string>();
  for await (const entry of archive.pipe(extract())) {
    const { name, type, linkname } = entry.header;
    const chunks: Buffer[] = [];
    for await (const chunk of entry) chunks.push(chunk as Buffer);
    // A layer that is there already is a link to it.
    if (type === 'symlink') links.set(name, posix.join(posix.dirname(name), linkname!));
    else files.set(name, Buffer.concat(chunks));
  }
  const read = (name: string): Buffer => {
    const data = files.get(links.get(name) ?? name);
    if (data === undefined) throw new Error(`the archive has no ${name}`);
    return data[0] === 0x1f && data[1] === 0x8b ? gunzipSync(data) : data;
  };
  const [manifest] = JSON.parse(read('manifest.json').toString()) as [{ Config: string; Layers: string[] }];
  return {
    config: JSON.parse(read(manifest.Config).toString()) as Record<string, unknown>,
    layers: manifest.Layers.map(read),
  };
}
