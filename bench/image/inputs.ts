// What is measured: the synthetic image in three forms, kept between runs, or the images that were named.
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join, resolve } from 'node:path';
import { exists } from '../../src/lib/files.ts';
import type { BlobLocation } from '../../src/oci/image.ts';
import { claimedCompression } from '../../src/oci/media-types.ts';
import { openPath } from '../../src/transport/open-source.ts';
import { ContentPool } from './content.ts';
import { SHAPES, syntheticLayers } from './layers.ts';
import { formsIn, writeForms } from './write.ts';

export type Form = 'docker' | 'gzip' | 'zstd';

export interface InputImage {
  readonly path: string;
  readonly form: Form;
  /** Base first. */
  readonly layers: readonly BlobLocation[];
  /** The first word of the instruction on top of the stack. */
  readonly topWord: string;
}

export interface InputOptions {
  readonly size: keyof typeof SHAPES;
  readonly images: readonly string[];
  readonly note: (text: string) => void;
}

export async function findInputs({ size, images, note }: InputOptions): Promise<InputImage[]> {
  if (images.length > 0) return Promise.all(images.map((path) => describeInput(resolve(path))));
  const directory = await synthetic(size, note);
  return Promise.all(Object.values(formsIn(directory)).map(describeInput));
}

/** Folders of other users in a shared temporary folder are not ours to trust: each has its own. */
export function benchFolder(): string {
  return join(tmpdir(), `phyllo-bench-${userInfo().uid}`);
}

/** Kept under a name that changes with what makes it. */
async function synthetic(size: keyof typeof SHAPES, note: (text: string) => void): Promise<string> {
  const directory = join(benchFolder(), `${size}-${await recipe()}`);
  if (await exists(directory)) return directory;
  await mkdir(benchFolder(), { recursive: true, mode: 0o700 });
  const unfinished = await mkdtemp(join(benchFolder(), 'unfinished-'));
  try {
    await writeForms(syntheticLayers(SHAPES[size], new ContentPool()), unfinished, note);
    await rename(unfinished, directory);
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
  return directory;
}

async function recipe(): Promise<string> {
  const hash = createHash('sha256');
  for (const name of ['content.ts', 'layers.ts', 'write.ts'])
    hash.update(await readFile(new URL(name, import.meta.url)));
  return hash.digest('hex').slice(0, 12);
}

async function describeInput(path: string): Promise<InputImage> {
  const source = await openPath(path, { temporaryDirectory: tmpdir() });
  try {
    const { manifest, config } = await source.resolve();
    const layers = await Promise.all(manifest.layers.map((layer) => source.locate(layer)));
    const compressions = manifest.layers.map(({ mediaType }) => claimedCompression(mediaType));
    const form = compressions.includes('zstd') ? 'zstd' : compressions.includes('gzip') ? 'gzip' : 'docker';
    const made = config.history.findLast(({ createdBy }) => createdBy !== '');
    return { path, form, layers, topWord: wordIn(made?.createdBy ?? '') };
  } finally {
    await source.close();
  }
}

/** As the stack pane shows it: the shell that older builders write before an instruction is left out there. */
function wordIn(createdBy: string): string {
  return (
    /\b(?:RUN|COPY|ADD|CMD|ENTRYPOINT|ENV|LABEL|WORKDIR|EXPOSE|USER|VOLUME)\b/.exec(createdBy)?.[0] ?? 'RUN'
  );
}
