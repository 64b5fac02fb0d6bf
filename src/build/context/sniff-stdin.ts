// What comes from standard input in place of a context: an archive of one, or a Dockerfile alone.
import { PhylloError } from '../../lib/errors.ts';
import { sniffCompression } from '../../layer/compression.ts';
import { BLOCK_BYTES, hasValidChecksum, isZeroBlock } from '../../layer/tar-fields.ts';
import { peek } from './peek.ts';

export interface SniffedStdin {
  readonly kind: 'tar' | 'dockerfile';
  /** Everything, from the first byte on; to be read once. */
  readonly input: AsyncIterable<Uint8Array>;
}

const REFUSED: readonly (readonly [name: string, magic: Buffer])[] = [
  ['bzip2', Buffer.from('BZh')],
  ['xz', Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00])],
];

export async function sniffStdin(stdin: AsyncIterable<Uint8Array>): Promise<SniffedStdin> {
  const { head, all } = await peek(stdin, BLOCK_BYTES);
  return { kind: looksLikeArchive(head) ? 'tar' : 'dockerfile', input: all };
}

function looksLikeArchive(head: Buffer): boolean {
  if (sniffCompression(head) !== 'none' || refusedCompression(head) !== undefined) return true;
  if (head.length < BLOCK_BYTES) return false;
  const block = head.subarray(0, BLOCK_BYTES);
  return isZeroBlock(block) || hasValidChecksum(block);
}

function refusedCompression(head: Buffer): string | undefined {
  return REFUSED.find(([, magic]) => head.subarray(0, magic.length).equals(magic))?.[0];
}

/** Throws `unsupported` for an archive that we cannot read. */
export function refuseCompression(head: Buffer): void {
  const name = refusedCompression(head);
  if (name === undefined) return;
  throw new PhylloError('unsupported', `read context: it is compressed with ${name}`, {
    hint: `A tar that is plain or compressed with gzip or zstd can be read: ${name} -dc context.tar.${name === 'xz' ? 'xz' : 'bz2'} | phyllo build -`,
  });
}
