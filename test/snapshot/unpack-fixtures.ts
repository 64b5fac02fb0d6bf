// Images of a few layers that can be unpacked, and what a mount of them shows.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream, mkdirSync, mkdtempSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { applyLayer } from '../../src/layer/apply.ts';
import { decompressed } from '../../src/layer/compression.ts';
import { scanLayer } from '../../src/layer/scan.ts';
import { compressionOf } from '../../src/layer/seek.ts';
import type { Digest } from '../../src/oci/digest.ts';
import type { BlobLocation } from '../../src/oci/image.ts';
import { overlayOptions } from '../../src/snapshot/overlay-options.ts';
import { type UnpackForm, removeFolder } from '../../src/snapshot/unpack.ts';
import type { LayerStack } from '../../src/snapshot/unpacked-layers.ts';
import { LayerTreeBuilder } from '../../src/tree/build.ts';
import type { LayerTree } from '../../src/tree/layer-tree.ts';
import { mergeLayers } from '../../src/tree/merge.ts';
import type { Layer } from '../layer/apply-fixtures.ts';
import { type BuiltLayer, type LayerForm, buildLayer } from '../support/image-build.ts';
import { needTool } from '../support/tools.ts';
import { isRoot } from '../support/image-engines.ts';

/** Can overlays be mounted here? By trying it, for containers often may not. */
export const canMount = needTool('unshare', 'mount') && isRoot && mounts();

function mounts(): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'phyllo-overlay-'));
  try {
    for (const name of ['l', 'u', 'w', 'm']) mkdirSync(join(folder, name));
    const options = 'lowerdir=l,upperdir=u,workdir=w';
    execFileSync('unshare', ['-m', 'mount', '-t', 'overlay', 'overlay', '-o', options, 'm'], { cwd: folder });
    return true;
  } catch {
    console.warn('SKIPPED: overlayfs cannot be mounted here; tests that need it do not run');
    return false;
  } finally {
    removeFolder(folder);
  }
}

interface BlobFacts {
  readonly diffID: Digest;
  readonly sizeBytes: number;
}

/** A folder with the blobs of an image, which another process can open as well. */
export class Image implements LayerStack {
  readonly folder: string;
  private readonly blobs: readonly BlobFacts[];
  /** How often the trees were asked for. */
  stacks = 0;

  private constructor(folder: string) {
    this.folder = folder;
    this.blobs = JSON.parse(readFileSync(join(folder, 'image.json'), 'utf8')) as BlobFacts[];
  }

  static open(folder: string): Image {
    return new Image(folder);
  }

  static of(layers: readonly BuiltLayer[]): Image {
    const folder = mkdtempSync(join(tmpdir(), 'phyllo-unpack-'));
    const facts = layers.map(({ diffID, blob }) => ({ diffID, sizeBytes: blob.length }));
    writeFileSync(join(folder, 'image.json'), JSON.stringify(facts));
    layers.forEach(({ blob }, index) => writeFileSync(join(folder, `blob-${index}`), blob));
    return new Image(folder);
  }

  static async build(specs: readonly Layer[], form: LayerForm = 'plain'): Promise<Image> {
    return Image.of(await Promise.all(specs.map((spec) => buildLayer(spec, form))));
  }

  get diffIDs(): Digest[] {
    return this.blobs.map(({ diffID }) => diffID);
  }

  get unpackedFolder(): string {
    return join(this.folder, 'layers');
  }

  blobPath(index: number): string {
    return join(this.folder, `blob-${index}`);
  }

  readonly locate = (index: number): Promise<BlobLocation> =>
    Promise.resolve({
      path: this.blobPath(index),
      offset: 0,
      sizeBytes: this.blobs[index]!.sizeBytes,
    });

  readonly stack = async (): ReturnType<LayerStack['stack']> => {
    this.stacks++;
    const trees: LayerTree[] = [];
    for (const index of this.blobs.keys()) {
      const builder = new LayerTreeBuilder();
      const options = {
        hashFiles: true,
        onEntry: (...entry: Parameters<LayerTreeBuilder['add']>) => builder.add(...entry),
      };
      const { uncompressedBytes } = await scanLayer(await this.locate(index), options);
      trees.push(builder.finish({ uncompressedBytes }));
    }
    return mergeLayers(trees);
  };

  /** All layers applied to one directory, one after the other. */
  async applied(): Promise<string> {
    const root = join(this.folder, 'applied');
    mkdirSync(root);
    for (const index of this.blobs.keys()) {
      const { path } = await this.locate(index);
      const tar = decompressed(createReadStream(path), await compressionOf(await this.locate(index)));
      await applyLayer(tar, root, { owners: true, privileges: true });
    }
    return root;
  }

  remove(): void {
    removeFolder(this.folder);
  }
}

export interface Mounted {
  /** The mounted tree, as seen from here. */
  readonly path: string;
  readonly upper: string;
  end(): Promise<void>;
}

const MOUNT = 'mount -t overlay overlay -o "$1" "$2" && echo mounted && read -r wait';

/** Mounts the layers (base first) where only this mount's own processes see it. `through` runs the mounting program. */
export async function mountLayers(
  from: string,
  lowers: readonly string[],
  {
    form = 'trusted',
    through = ['unshare', '-m', '--propagation', 'private'],
  }: { form?: UnpackForm; through?: readonly string[] } = {},
): Promise<Mounted> {
  const folder = mkdtempSync(join(from, '..', 'mount-'));
  const [upper, work, merged] = ['upper', 'work', 'merged'].map((name) => join(folder, name));
  for (const path of [upper!, work!, merged!]) mkdirSync(path);
  const options = overlayOptions({ from, form, lowers, upper: upper!, work: work! });
  const [program, ...args] = [...through, 'sh', '-c', MOUNT, 'sh', options, merged!];
  const child = spawn(program!, args, { cwd: from, stdio: ['pipe', 'pipe', 'pipe'] });
  await mounted(child);
  const end = async (): Promise<void> => {
    const ended = once(child, 'exit');
    child.stdin.end();
    await ended;
    removeFolder(folder);
  };
  return { path: `/proc/${child.pid}/root${merged}`, upper: upper!, end };
}

async function mounted(child: ChildProcess): Promise<void> {
  let errors = '';
  child.stderr!.on('data', (data: Buffer) => (errors += data.toString()));
  const ended = once(child, 'close').then(() => {
    throw new Error(`mount failed: ${errors}`);
  });
  await Promise.race([once(child.stdout!, 'data'), ended]);
  ended.catch(() => undefined);
}

/** Every name below a folder with unpacked layers, but for trees. */
export function namesBelow(folder: string): string[] {
  return readdirSync(folder)
    .flatMap((name) =>
      /^(?:tmp|locks|chains)$/.test(name)
        ? readdirSync(join(folder, name)).map((inner) => `${name}/${inner}`)
        : name,
    )
    .toSorted();
}
