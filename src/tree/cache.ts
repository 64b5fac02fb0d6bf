// LayerTrees on disk. Verified trees are kept by diffID and serve every image that has the layer. A tree made from
// headers alone is not verified: it is kept by where it was read (file, inode, size, times, offset), so that an
// archive that lies about its diffIDs can never speak for another image.
import { createHash } from 'node:crypto';
import { open, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { PhylloError, isPhylloError, toPhylloError } from '../lib/errors.ts';
import { safeText } from '../lib/text.ts';
import { type Digest, digestAlgorithm, digestHex } from '../oci/digest.ts';
import type { BlobLocation } from '../oci/image.ts';
import { isOfFile, markUsed, readColumnFile, writeColumnFile } from './column-file.ts';
import { LayerTree, type LayerTreeFacts, TREE_VERSION } from './layer-tree.ts';
import { readFacts } from './layout.ts';

export type TreeKey = { readonly diffID: Digest } | { readonly location: BlobLocation };

export class TreeCache {
  readonly directory: string;
  private readonly writable: boolean;

  /** `directory` need not exist. With `writable` false nothing is ever written. */
  constructor(directory: string, writable: boolean) {
    this.directory = directory;
    this.writable = writable;
  }

  /** The file that holds the tree for `key`; for a location it changes whenever the file there does. */
  async pathOf(key: TreeKey): Promise<string> {
    if ('diffID' in key) return join(this.directory, digestAlgorithm(key.diffID), digestHex(key.diffID));
    const { path, offset, sizeBytes } = key.location;
    const { dev, ino, size, mtimeNs, ctimeNs } = await stat(path, { bigint: true }).catch(
      (error: unknown) => {
        throw toPhylloError(error, `read ${safeText(path)}`);
      },
    );
    const identity = [path, dev, ino, size, mtimeNs, ctimeNs, offset, sizeBytes].join('\0');
    return join(this.directory, 'location', createHash('sha256').update(identity).digest('hex'));
  }

  /** Undefined when there is none that can be read; a damaged or older one is removed. */
  async load(key: TreeKey): Promise<LayerTree | undefined> {
    const path = await this.pathOf(key);
    let buffer: SharedArrayBuffer | undefined;
    try {
      buffer = await readColumnFile(path);
      const tree = LayerTree.from(buffer, true);
      if (!isNamed(tree, key))
        throw new PhylloError('invalid-archive', 'read index: it is that of another layer');
      if (this.writable) markUsed(path);
      return tree;
    } catch (error) {
      if (isOfFile(error)) return undefined;
      if (!isPhylloError(error, 'invalid-archive')) throw error;
      if (this.writable) await rm(path, { force: true }).catch(ignore);
      return undefined;
    }
  }

  /** The facts of a verified tree alone, without reading its columns. */
  async facts(diffID: Digest): Promise<LayerTreeFacts | undefined> {
    try {
      await using file = await open(await this.pathOf({ diffID }), 'r');
      return await readFacts<LayerTreeFacts>(file, TREE_VERSION);
    } catch (error) {
      if (isOfFile(error) || isPhylloError(error, 'invalid-archive')) return undefined;
      throw error;
    }
  }

  /** Best effort: a cache that cannot be written (full disk, read-only store) is no failure. */
  async save(key: TreeKey, tree: LayerTree): Promise<void> {
    if (!this.writable) return;
    await writeColumnFile(await this.pathOf(key), tree.columns.seal()).catch(ignore);
  }
}

function isNamed({ facts }: LayerTree, key: TreeKey): boolean {
  return !('diffID' in key) || facts.diffID === undefined || facts.diffID === key.diffID;
}

function ignore(): void {}
