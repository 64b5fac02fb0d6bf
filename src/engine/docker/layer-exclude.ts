// A layer tar without some paths and what is below them, whiteouts of them too.
import { createReadStream } from 'node:fs';
import type { TarEntry } from '../../layer/entry.ts';
import { readTarHeaders } from '../../layer/tar-positional.ts';
import { type TarMember, writeTar } from '../../layer/tar-writer.ts';
import { interpretEntry } from '../../layer/whiteout.ts';
import type { SpooledLayer } from './spooled-layer.ts';

export function withoutPaths(
  layer: SpooledLayer,
  exclude: readonly Uint8Array[],
): AsyncGenerator<Uint8Array> {
  return writeTar(keptMembers(layer, new Set(exclude.map(latin1))));
}

/** A hard link to what is left out becomes the file itself, and further ones lead there. */
async function* keptMembers(layer: SpooledLayer, exclude: ReadonlySet<string>): AsyncGenerator<TarMember> {
  const leftOut = new Map<string, TarEntry>();
  const movedTo = new Map<string, Uint8Array>();
  for (const entry of entriesOf(layer)) {
    const path = latin1(entry.path);
    if (isExcluded(latin1(meantPath(entry)), exclude)) {
      leftOut.set(path, entry);
      continue;
    }
    if (entry.type !== 'hardlink') {
      yield member(layer, entry);
      continue;
    }
    const target = latin1(entry.linkname);
    const moved = movedTo.get(target);
    const file = leftOut.get(target);
    if (moved !== undefined) yield { header: { ...entry, linkname: moved } };
    else if (file === undefined) yield { header: entry };
    else {
      movedTo.set(target, entry.path);
      yield member(layer, { ...file, path: entry.path });
    }
  }
}

function entriesOf({ path, sizeBytes }: SpooledLayer): TarEntry[] {
  const entries: TarEntry[] = [];
  readTarHeaders({ path, offset: 0, sizeBytes }, (entry) => entries.push(entry));
  return entries;
}

function member({ path }: SpooledLayer, entry: TarEntry): TarMember {
  if (entry.type !== 'file' || entry.sizeBytes === 0) return { header: entry };
  const end = entry.dataOffset + entry.sizeBytes - 1;
  return { header: entry, body: createReadStream(path, { start: entry.dataOffset, end }) };
}

/** What a whiteout hides, or the path itself. */
function meantPath(entry: TarEntry): Uint8Array {
  const meaning = interpretEntry(entry);
  return meaning.kind === 'whiteout' || meaning.kind === 'opaque' ? meaning.path : entry.path;
}

function isExcluded(path: string, exclude: ReadonlySet<string>): boolean {
  for (let end = path.length; end > 0; end = path.lastIndexOf('/', end - 1)) {
    if (exclude.has(path.slice(0, end))) return true;
  }
  return false;
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
}
