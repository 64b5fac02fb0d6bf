// Images of a registry are looked into without fetching more of them than is needed, and nothing of them stays.
import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { describe, expect, test } from 'vitest';
import type { ExploredImage } from '../../src/app/services.ts';
import { readAll } from '../../src/lib/streams.ts';
import { type BuiltImage, type BuiltLayer, buildImage, buildLayer } from '../support/image-build.ts';
import { type LazyOptions, type Toc, estargzLayer, zstdChunkedLayer } from '../support/image-lazy.ts';
import { codeOf, testServices } from '../support/image-services.ts';
import { FakeRegistry } from '../support/registry-fake.ts';

/** Does not shrink, so that a part of it is a part of the blob. */
const NOISE = Array.from({ length: 150_000 }, (_, at) => Math.imul(at + 7, 2654435761).toString(36)).join('');
const BASE = { 'etc/': {}, 'etc/os': 'one', noise: NOISE };
const TOP = { 'etc/os': 'two', more: `${NOISE}more`, 'etc/.wh.gone': '' };

type Make = (spec: typeof BASE | typeof TOP, options?: LazyOptions) => Promise<BuiltLayer>;
const FORMS: readonly (readonly [string, Make])[] = [
  ['eStargz', estargzLayer],
  ['zstd:chunked', zstdChunkedLayer],
];

interface Opened {
  readonly fake: FakeRegistry;
  readonly image: BuiltImage;
  readonly explored: ExploredImage;
  /** Bytes of layers that were sent since. */
  readonly sentBytes: () => number;
}

async function opened(layers: readonly BuiltLayer[], services = testServices()): Promise<Opened> {
  const fake = await FakeRegistry.start();
  const image = buildImage(layers);
  fake.add(image);
  let sent = 0;
  const sizes = new Map(layers.map(({ descriptor }) => [descriptor.digest as string, descriptor.size]));
  fake.misbehave = ({ method, url = '', headers }) => {
    const size = sizes.get(url.slice(url.lastIndexOf('/') + 1));
    if (method !== 'GET' || size === undefined) return;
    const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(headers.range ?? '') ?? [];
    sent += from === undefined ? size : Math.min(Number(to), size - 1) + 1 - Number(from);
  };
  const explored = await (await services).explore.open(`docker://${fake.host}/team/app:1`);
  return { fake, image, explored, sentBytes: () => sent };
}

async function textOf(explored: ExploredImage, layer: number, path: string): Promise<string> {
  const tree = await explored.trees[layer]!;
  const content = await explored.content(layer, tree.find(Buffer.from(path)));
  return (await readAll(await content.open(), 1e8, path)).toString();
}

describe.each(FORMS)('%s', (_, make) => {
  test('the tree and small files come by ranges', async () => {
    const layers = [await make(BASE, { chunkBytes: 10_000 }), await make(TOP, { chunkBytes: 10_000 })];
    const { explored, sentBytes, image } = await opened(layers);
    expect((await explored.stack).layerCount).toBe(2);
    const total = image.layers.reduce((sum, { descriptor }) => sum + descriptor.size, 0);
    const beforeContent = sentBytes();
    expect(await textOf(explored, 1, 'etc/os')).toBe('two');
    expect(await textOf(explored, 0, 'etc/os')).toBe('one');
    expect(sentBytes() - beforeContent).toBeLessThan(total / 10);
    expect(await textOf(explored, 0, 'noise')).toBe(NOISE);
    await explored.close();
  });

  test('the exact stack is the same, and is made from all of it', async () => {
    const layers = [await make(BASE), await make(TOP)];
    const { explored } = await opened(layers);
    const stack = await explored.stack;
    const exact = await explored.exact();
    expect(exact.trees[0]!.facts.uncompressedBytes).toBe(layers[0]!.tar.length);
    expect(exact.count).toBe(stack.count);
    await explored.close();
  });

  test('a table that lies is found out where it matters', async () => {
    const forge = (toc: Toc): unknown => ({
      ...toc,
      entries: toc.entries.filter(({ name }) => name !== 'noise'),
    });
    const { explored } = await opened([await make(BASE, { forge })]);
    expect((await explored.trees[0]!).find(Buffer.from('noise'))).toBe(-1);
    expect(await codeOf(explored.exact())).toBe('digest-mismatch');
    await explored.close();
  });

  test('a table that is no table is passed over', async () => {
    const { explored } = await opened([await make(BASE, { forge: () => 'nonsense' })]);
    expect((await explored.trees[0]!).find(Buffer.from('noise'))).toBeGreaterThan(0);
    expect(await textOf(explored, 0, 'etc/os')).toBe('one');
    await explored.close();
  });

  test('what was pulled before is known, and its files still come by ranges', async () => {
    const services = testServices();
    const layers = [await make(BASE, { chunkBytes: 10_000 })];
    const first = await opened(layers, services);
    await first.explored.exact();
    await first.explored.close();
    const { explored, sentBytes, image } = await opened(layers, services);
    await explored.stack;
    expect(sentBytes()).toBe(0);
    expect(await textOf(explored, 0, 'etc/os')).toBe('one');
    expect(sentBytes()).toBeLessThan(image.layers[0]!.descriptor.size / 2);
    await explored.close();
  });
});

test('a small layer with a table is fetched as it is', async () => {
  const { explored, fake } = await opened([await estargzLayer({ a: 'b' })]);
  await explored.stack;
  expect(fake.seen.some(({ headers }) => headers.range !== undefined)).toBe(false);
  await explored.close();
});

describe('layers without a table', () => {
  const folders = (): string[] => readdirSync(tmpdir()).filter((name) => name.startsWith('phyllo-registry-'));
  const filesIn = (before: readonly string[]): string[] =>
    folders()
      .filter((name) => !before.includes(name))
      .flatMap((name) => readdirSync(`${tmpdir()}/${name}`));

  test.each(['gzip', 'plain', 'zstd'] as const)('of %s do not stay once they were indexed', async (form) => {
    const before = folders();
    const base = await buildLayer(BASE, form);
    // The same layer twice: one reader must not take it away from the other.
    const { explored } = await opened([base, base, await buildLayer(TOP, form)]);
    await explored.stack;
    expect(filesIn(before)).toEqual([]);
    expect(await textOf(explored, 1, 'noise')).toBe(NOISE);
    expect((await explored.exact()).layerCount).toBe(3);
    await explored.close();
    expect(folders().filter((name) => !before.includes(name))).toEqual([]);
  });
});
