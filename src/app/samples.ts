// The sample images: made in the store on the spot, without network and without an engine.
import { existsSync } from 'node:fs';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { PhylloError } from '../lib/errors.ts';
import { safeText } from '../lib/text.ts';
import { familiarReference, parseReference } from '../oci/reference.ts';
import type { ImageSink } from '../transport/transport.ts';
import { findStaticBusybox } from './host-busybox.ts';
import { makeSampleImage } from './sample-image.ts';
import { COW, COW_BUSYBOX } from './sample-cow.ts';
import type { Sample, SampleContext } from './sample-steps.ts';
import { SLIM, TOUR } from './sample-tour.ts';
import type { SamplesService, SampleSummary, WorkOptions } from './services.ts';

export interface SampleTools {
  /** Opens the store for one image. */
  openSink(signal?: AbortSignal): Promise<ImageSink>;
  /** Full names of the images that the store has. */
  references(): Promise<readonly string[]>;
  /** The folder `samples/`; found beside the program when not given. */
  readonly directory?: string;
}

export function makeSamples(tools: SampleTools): SamplesService {
  return {
    async list(): Promise<SampleSummary[]> {
      const present = new Set(await tools.references());
      return (await offered()).map(({ name, title, image }) => {
        return { name, title, image: familiar(image), present: present.has(image) };
      });
    },
    async make(name, options = {}): Promise<string> {
      const sample = SAMPLES.find((one) => one.name === name);
      if (sample === undefined) throw unknown(name);
      await store(sample, tools, options);
      return familiar(sample.image);
    },
  };
}

const SAMPLES: readonly Sample[] = [TOUR, SLIM, COW, COW_BUSYBOX];

/** Those that can be made here. */
async function offered(): Promise<readonly Sample[]> {
  const hasBusybox = (await findStaticBusybox()) !== undefined;
  return SAMPLES.filter(({ needsBusybox }) => !needsBusybox || hasBusybox);
}

function familiar(image: string): string {
  return familiarReference(parseReference(image));
}

function unknown(name: string): PhylloError {
  return new PhylloError('not-found', `make sample ${safeText(name)}: there is no such sample`, {
    hint: `There are ${SAMPLES.map((sample) => sample.name).join(', ')}.`,
  });
}

async function store(sample: Sample, tools: SampleTools, { signal, onProgress }: WorkOptions): Promise<void> {
  const context = await contextOf(sample, join(tools.directory ?? samplesDirectory(), sample.context));
  const { image, layers } = await makeSampleImage(sample, context, { signal });
  const sink = await tools.openSink(signal);
  try {
    const totalBytes = layers.reduce((sum, { data }) => sum + data.length, 0);
    let doneBytes = 0;
    for (const { descriptor, data } of layers) {
      if (!(await sink.has(descriptor))) await sink.putBlob(descriptor, Readable.from([data]));
      doneBytes += data.length;
      onProgress?.({ item: sample.name, doneBytes, totalBytes });
    }
    await sink.putImage(image, [parseReference(sample.image)]);
    await sink.finish();
  } finally {
    await sink.close();
  }
}

async function contextOf({ name, needsBusybox }: Sample, directory: string): Promise<SampleContext> {
  const files = await readContext(directory);
  if (!needsBusybox) return files;
  const busybox = await findStaticBusybox();
  if (busybox) return new Map([...files, ['busybox', busybox]]);
  throw new PhylloError('not-found', `make sample ${name}: this machine has no busybox without libraries`, {
    hint: 'Debian and Ubuntu have it in the package busybox-static.',
  });
}

/** Every file of a context by its path, sorted, so that nothing depends on the order of a directory. */
async function readContext(directory: string): Promise<SampleContext> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const named = files.map((file) => [file.slice(directory.length + 1).replaceAll('\\', '/'), file] as const);
  named.sort(([a], [b]) => (a < b ? -1 : 1));
  return new Map(await Promise.all(named.map(async ([path, file]) => [path, await readFile(file)] as const)));
}

/** Beside `dist/` in the package, at the top of the repository when run from source. */
function samplesDirectory(): string {
  const places = ['../samples', '../../samples'].map((path) => fileURLToPath(new URL(path, import.meta.url)));
  const found = places.find((place) => existsSync(join(place, 'tour', 'Dockerfile')));
  if (found !== undefined) return found;
  throw new PhylloError('not-found', 'find samples: the folder samples is missing', {
    hint: 'Install phyllo again.',
  });
}
