// A tar on its way, with its headers changed or entries left out.
import type { TarEntry } from '../../layer/entry.ts';
import { TarParser } from '../../layer/tar-parser.ts';
import { type TarHeader, encodeHeader } from '../../layer/tar-writer.ts';
import { PhylloError } from '../../lib/errors.ts';
import { safeBytes } from '../../lib/text.ts';

const BLOCK_BYTES = 512;
const END = new Uint8Array(2 * BLOCK_BYTES);

/** Undefined leaves the entry out. Throws what the parser throws, `unsupported` for sparse files. */
export async function* mapTar(
  input: AsyncIterable<Uint8Array>,
  map: (entry: TarEntry) => TarHeader | undefined,
): AsyncGenerator<Uint8Array> {
  let ready: Uint8Array[] = [];
  let isKept = false;
  let bodyBytes = 0;
  const parser = new TarParser({
    entry(entry) {
      if (entry.sparse)
        throw new PhylloError('unsupported', `pass ${safeBytes(entry.path)} on: it is sparse`);
      const header = map(entry);
      isKept = header !== undefined;
      bodyBytes = 0;
      if (header !== undefined) ready.push(encodeHeader(header));
    },
    data(chunk) {
      if (!isKept) return;
      bodyBytes += chunk.length;
      ready.push(chunk);
    },
    endEntry() {
      const over = bodyBytes % BLOCK_BYTES;
      if (isKept && over > 0) ready.push(new Uint8Array(BLOCK_BYTES - over));
    },
  });
  for await (const chunk of input) {
    parser.write(chunk);
    // The parts are views of the chunk, which is ours.
    yield* ready;
    ready = [];
  }
  parser.end();
  yield END;
}
