// Images of a few layers that can be unpacked, and what a mount of them shows.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { applyLayer } from '../../src/layer/apply.ts';
import { scanLayer } from '../../src/layer/scan.ts';
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

/** A folder with the blobs of an image. */
export class Image implements LayerStack {
  readonly folder = mkdtempSync(join(tmpdir(), 'phyllo-unpack-'));
  readonly layers: readonly BuiltLayer[];
  /** How often the trees were asked for. */
  stacks = 0;

  private constructor(layers: readonly BuiltLayer[]) {
    this.layers = layers;
    layers.forEach(({ blob }, index) => writeFileSync(this.blobPath(index), blob));
  }

  static of(layers: readonly BuiltLayer[]): Image {
    return new Image(layers);
  }

  static async build(specs: readonly Layer[], form: LayerForm = 'plain'): Promise<Image> {
    return new Image(await Promise.all(specs.map((spec) => buildLayer(spec, form))));
  }

  get diffIDs(): Digest[] {
    return this.layers.map(({ diffID }) => diffID);
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
      sizeBytes: this.layers[index]!.blob.length,
    });

  readonly stack = async (): ReturnType<LayerStack['stack']> => {
    this.stacks++;
    const trees: LayerTree[] = [];
    for (const index of this.layers.keys()) {
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
    for (const { tar } of this.layers) await applyLayer(whole(tar), root, { owners: true, privileges: true });
    return root;
  }

  remove(): void {
    removeFolder(this.folder);
  }
}

async function* whole(data: Uint8Array): AsyncGenerator<Uint8Array> {
  yield data;
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
