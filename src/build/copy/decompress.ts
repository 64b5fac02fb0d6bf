// Compressions that only ADD meets: each is loaded when there is such a file.
import { PassThrough, Readable, pipeline } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import type * as xzDecompress from 'xz-decompress';
import { PhylloError, isPhylloError } from '../../lib/errors.ts';
import { inflated, sniffed } from '../../transport/inflate.ts';

type Form = 'bzip2' | 'xz';

const MAGICS: readonly (readonly [form: Form, magic: Buffer])[] = [
  ['bzip2', Buffer.from('BZh')],
  ['xz', Buffer.from('\xfd7zXZ\0', 'latin1')],
];
export const MAGIC_BYTES = 6;

/** From the first bytes of a file. */
export function rareForm(head: Uint8Array): Form | undefined {
  const starts = (magic: Buffer): boolean => magic.equals(head.subarray(0, magic.length));
  return MAGICS.find(([, magic]) => starts(magic))?.[0];
}

/** The bytes as they were; plain ones are passed through. Throws `invalid-archive` for what is damaged. */
export async function* unpacked(file: Readable, form: Form | undefined): AsyncGenerator<Uint8Array> {
  if (form === undefined) return yield* inflated(await sniffed(file));
  const output = form === 'bzip2' ? await bunzip2(file) : await unxz(file);
  try {
    for await (const chunk of output) yield chunk as Uint8Array;
  } catch (error) {
    if (isPhylloError(error)) throw error;
    throw new PhylloError('invalid-archive', `unpack: its ${form} data is damaged`, { cause: error });
  } finally {
    output.destroy();
    file.destroy();
  }
}

async function bunzip2(file: Readable): Promise<Readable> {
  const { default: makeDecoder } = await import('unbzip2-stream');
  const output = new PassThrough();
  // The decoder is a stream of the oldest kind; a pipeline passes its errors on all the same.
  pipeline(file, makeDecoder() as unknown as NodeJS.ReadWriteStream, output, () => undefined);
  return output;
}

async function unxz(file: Readable): Promise<Readable> {
  // Its types name exports that a CommonJS module does not give to Node.
  const { default: xz } = (await import('xz-decompress')) as unknown as {
    default: typeof xzDecompress;
  };
  const web = new xz.XzReadableStream(Readable.toWeb(file) as never) as unknown as ReadableStream;
  return Readable.fromWeb(web);
}
