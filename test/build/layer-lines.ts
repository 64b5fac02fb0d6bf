// A layer as lines: type, mode, owner, time, name, and where a link leads or how many bytes a file has.
import { Readable } from 'node:stream';
import { scanLayerStream } from '../../src/layer/scan.ts';

/** `dir 755 0:0 7 a/b`, `file 644 0:0 7 f (3)`, `symlink 777 0:0 7 l -> target`. */
export async function layerLines(tar: AsyncIterable<Uint8Array>): Promise<readonly string[]> {
  const lines: string[] = [];
  await scanLayerStream(Readable.from(tar), {
    hashFiles: false,
    onEntry: ({ type, mode, uid, gid, mtimeSeconds, sizeBytes, path, linkname }) => {
      const [name, target] = [path, linkname].map((raw) => Buffer.from(raw).toString('latin1'));
      const more = target === '' ? (type === 'file' ? ` (${sizeBytes})` : '') : ` -> ${target}`;
      lines.push(`${type} ${mode.toString(8)} ${uid}:${gid} ${mtimeSeconds} ${name}${more}`);
    },
  });
  return lines;
}
