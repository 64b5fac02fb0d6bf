// All services on a store of its own, in a folder with a canary that nothing may touch.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { composeServices } from '../../src/app/compose.ts';
import type { Services } from '../../src/app/services.ts';
import type { PhylloError } from '../../src/lib/errors.ts';
import { ociImages, writeDirectory } from './image-archives.ts';
import { type BuiltImage, imageOf } from './image-build.ts';
import { contentsOf, temporaryFolder } from './image-folder.ts';

export interface TestServices extends Services {
  readonly folder: string;
  readonly root: string;
  /** The store without its caches and locks: what must be the same before and after a failure. */
  readonly storeContents: () => string[];
  readonly canary: () => string[];
}

const NO_TRUTH = /^(?:trees|inflated|locks|tmp)(?:\/| )|^(?:index\.)?lock /;

export async function testServices(folder: string = temporaryFolder()): Promise<TestServices> {
  const services = await servicesIn(folder);
  onTestFinished(() => services.close());
  return services;
}

/** The same for a whole file of tests, which closes it. */
export async function servicesIn(folder: string): Promise<TestServices> {
  const root = join(folder, 'root');
  const canary = join(folder, 'canary');
  mkdirSync(canary, { recursive: true });
  writeFileSync(join(canary, 'file'), 'canary');
  const services = await composeServices({ env: { PHYLLO_CONFIG: join(folder, 'none') }, root });
  return {
    ...services,
    folder,
    root,
    storeContents: () => contentsOf(root).filter((line) => !NO_TRUTH.test(line)),
    canary: () => contentsOf(canary),
  };
}

/** Three layers: files, a change with something big, a whiteout. */
export function smallImage(): Promise<BuiltImage> {
  const big = { content: 'x'.repeat(300_000) };
  return imageOf([{ 'etc/': {}, 'etc/os': 'one', big }, { 'etc/os': 'two' }, { 'etc/.wh.os': '' }]);
}

/** Services whose store has the image. */
export async function servicesWith(image: BuiltImage, name = 'app:1'): Promise<TestServices> {
  const services = await testServices();
  const layout = join(services.folder, 'layout');
  await services.transfer.load(writeDirectory(layout, ociImages([{ image, names: [name] }])));
  return services;
}

export async function namesIn(services: TestServices): Promise<string[][]> {
  return (await services.images.list()).map(({ names }) => [...names]);
}

export function codeOf(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'no error',
    (error: PhylloError) => error.code,
  );
}
