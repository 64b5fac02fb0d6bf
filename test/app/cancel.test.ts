// A job that is stopped ends at once and leaves no trace.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { beforeAll, describe, expect, test } from 'vitest';
import { ociImages, writeDirectory } from '../support/image-archives.ts';
import type { BuiltImage } from '../support/image-build.ts';
import { contentsOf } from '../support/image-folder.ts';
import {
  type TestServices,
  codeOf,
  namesIn,
  servicesWith,
  smallImage,
  testServices,
} from '../support/image-services.ts';

const FORMATS = ['docker-archive', 'oci-archive', 'oci-dir'] as const;
let image: BuiltImage;

beforeAll(async () => {
  image = await smallImage();
});

function loaded(): Promise<TestServices> {
  return servicesWith(image);
}

describe('a job that is cancelled', () => {
  /** Bytes for ever, and no hurry. */
  const silent = (): Readable => new PassThrough();

  async function cancelled(work: (signal: AbortSignal) => Promise<unknown>): Promise<string> {
    const stop = new AbortController();
    const running = work(stop.signal);
    setImmediate(() => stop.abort());
    return codeOf(running);
  }

  test('stops at once though its input keeps silent, and leaves no trace', async () => {
    const services = await testServices();
    const before = services.storeContents();
    expect(await cancelled((signal) => services.transfer.load(silent(), { signal }))).toBe('cancelled');
    expect(await cancelled((signal) => services.transfer.import(silent(), 'x', { signal }))).toBe(
      'cancelled',
    );
    expect(services.storeContents()).toEqual(before);
    expect(readdirSync(join(services.root, 'tmp'))).toEqual([]);
  });

  test('before it began does nothing', async () => {
    const services = await loaded();
    const signal = AbortSignal.abort();
    const before = services.storeContents();
    const out = join(services.folder, 'out.tar');
    const work = [
      services.transfer.load(join(services.folder, 'layout'), { signal }),
      services.transfer.save(['app:1'], out, { signal }),
      services.transfer.save(['app:1'], join(services.folder, 'out'), { signal, format: 'oci-dir' }),
      services.transfer.copy('app:1', 'app:2', { signal }),
      services.transfer.import(Readable.from([image.layers[0]!.tar]), 'x', { signal }),
    ];
    expect(await Promise.all(work.map(codeOf))).toEqual(work.map(() => 'cancelled'));
    expect(services.storeContents()).toEqual(before);
    expect(readdirSync(services.folder).sort()).toEqual(['canary', 'layout', 'root']);
  });

  test.each(FORMATS)('in the middle of saving as %s leaves nothing at the destination', async (format) => {
    const services = await loaded();
    const stop = new AbortController();
    const saving = services.transfer.save(['app:1'], join(services.folder, 'out'), {
      format,
      signal: stop.signal,
      onProgress: () => stop.abort(),
    });
    expect(await codeOf(saving)).toBe('cancelled');
    expect(readdirSync(services.folder).sort()).toEqual(['canary', 'layout', 'root']);
  });

  test('in the middle of loading lists nothing, and what it stored is pruned', async () => {
    const services = await testServices();
    const stop = new AbortController();
    const layout = writeDirectory(join(services.folder, 'layout'), ociImages([{ image, names: ['app:1'] }]));
    const options = { signal: stop.signal, onProgress: () => stop.abort() };
    expect(await codeOf(services.transfer.load(layout, options))).toBe('cancelled');
    expect(await namesIn(services)).toEqual([]);
    await services.images.prune();
    expect(contentsOf(services.root).filter((line) => /^blobs\/\w+\//.test(line))).toEqual([]);
  });
});
