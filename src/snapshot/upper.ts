// The R/W layer of a container as it is now.
import type { LiveLayer } from './live-layer.ts';
import { UpperComparer } from './upper-compare.ts';
import { Moves } from './upper-moves.ts';
import { type UpperOptions, UpperReader } from './upper-reader.ts';
import { liveLayerOf } from './upper-tree.ts';

/** Everything compared, however long that takes. Throws `not-found`, `io`, `cancelled`. */
export async function readUpper(
  directory: string,
  options: UpperOptions & { readonly signal?: AbortSignal } = {},
): Promise<LiveLayer> {
  const reader = new UpperReader(directory, options);
  try {
    await reader.read(options.signal);
    const budget = { bytesLeft: Infinity, signal: options.signal };
    await new UpperComparer(reader).proceed(budget);
    return liveLayerOf(reader, await new Moves(reader).find(budget));
  } finally {
    reader.close();
  }
}
