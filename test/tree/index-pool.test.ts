// Work in other threads: the same results, errors with their codes, and an end to it whenever it is wanted.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { getEventListeners } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execPath } from 'node:process';
import { Readable } from 'node:stream';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test, onTestFinished } from 'vitest';
import { PhylloError } from '../../src/lib/errors.ts';
import { type Digest, parseDigest } from '../../src/oci/digest.ts';
import type { BlobLocation } from '../../src/oci/image.ts';
import { IndexPool } from '../../src/tree/index-pool.ts';
import { NodeFlag } from '../../src/tree/layer-tree.ts';
import { mergeLayers } from '../../src/tree/merge.ts';
import { allPaths, parseQuery, searchPaths } from '../../src/tree/search.ts';
import { fetchToc } from '../../src/layer/toc-place.ts';
import { estargzLayer } from '../support/image-lazy.ts';
import { entry, gnuLong, tar } from '../support/layer-tar.ts';
import { layer, stack } from '../support/layers.ts';

let folder: string;
let pool: IndexPool;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'phyllo-pool-'));
  pool = new IndexPool(2);
});
afterEach(async () => {
  await pool.close();
  rmSync(folder, { recursive: true });
});

const sha = (bytes: Uint8Array): Digest =>
  parseDigest(`sha256:${createHash('sha256').update(bytes).digest('hex')}`);

interface Job {
  readonly location: BlobLocation;
  readonly diffID: Digest;
  readonly digest: Digest;
  readonly full: boolean;
}

function job(
  name: string,
  bytes: Buffer,
  { pack = (plain: Buffer): Buffer => plain, full = false } = {},
): Job {
  const packed = pack(bytes);
  const path = join(folder, name);
  writeFileSync(path, Buffer.concat([Buffer.alloc(512, 'x'), packed, Buffer.alloc(512, 'y')]));
  return {
    location: { path, offset: 512, sizeBytes: packed.length },
    diffID: sha(bytes),
    digest: sha(packed),
    full,
  };
}

const TAR = tar(
  entry({ name: 'd', type: '5' }),
  entry({ name: 'd/a', body: 'content' }),
  entry({ name: 'd/.wh.b' }),
);
/** A regular expression that takes longer than the universe lasts on the paths of this stack. */
const ENDLESS = parseQuery('re:(a+)+$');
const ENDLESS_STACK = stack({ [`${'a'.repeat(100)}!`]: '' });

describe('tables of contents', () => {
  test('become trees, in a worker and here', async () => {
    const layer = await estargzLayer({ 'd/': {}, 'd/a': 'content' });
    const open = (
      _: unknown,
      { offset, length } = { offset: 0, length: layer.blob.length },
    ): Promise<Readable> => Promise.resolve(Readable.from([layer.blob.subarray(offset, offset + length)]));
    const toc = (await fetchToc({ has: () => Promise.resolve(true), open }, layer.descriptor))!;
    const here = new IndexPool(1, { smallJobsHere: true });
    onTestFinished(() => here.close());
    for (const { tree, chunks } of [await pool.indexToc(toc), await here.indexToc(toc)]) {
      expect(tree.find(Buffer.from('d/a'))).toBeGreaterThan(0);
      expect(chunks.length[0]).toBe(7);
    }
    const lie = { ...toc, digest: sha(Buffer.from('lie')) };
    await expect(pool.indexToc(lie)).rejects.toMatchObject({ code: 'digest-mismatch' });
  });
});

describe('indexing', () => {
  test.each([
    ['plain, in full', undefined, true],
    ['gzip', gzipSync, false],
    ['zstd', zstdCompressSync, false],
  ])('%s: every byte is hashed', async (_, pack, full) => {
    const { tree, verified } = await pool.indexLayer(job('a', TAR, { ...(pack && { pack }), full }));
    expect(verified).toBe(true);
    const node = tree.find(Buffer.from('d/a'));
    expect(tree.digestBytes(node)).toEqual(new Uint8Array(createHash('sha256').update('content').digest()));
    expect(tree.facts).toMatchObject({
      diffID: sha(TAR),
      hashed: true,
      files: 1,
      whiteouts: 1,
      contentBytes: 7,
      uncompressedBytes: TAR.length,
    });
  });

  test('plain, by headers: nothing is hashed, and that is told', async () => {
    const wanted = job('a', TAR);
    const { tree, verified } = await pool.indexLayer({ ...wanted, diffID: sha(Buffer.from('lie')) });
    expect(verified).toBe(false);
    const full = (await pool.indexLayer({ ...wanted, full: true })).tree;
    expect(tree.has(tree.find(Buffer.from('d/a')), NodeFlag.hashed)).toBe(false);
    for (const column of [
      'parent',
      'names',
      'type',
      'mode',
      'sizeBytes',
      'dataOffset',
      'childStart',
    ] as const)
      expect(tree[column]).toEqual(full[column]);
  });

  test('where small jobs are done, they give the same, and the same errors', async () => {
    const here = new IndexPool(2, { smallJobsHere: true });
    onTestFinished(() => here.close());
    const wanted = job('a', TAR, { pack: gzipSync });
    const [there, same] = await Promise.all([pool.indexLayer(wanted), here.indexLayer(wanted)]);
    expect(Buffer.from(same.tree.buffer)).toEqual(Buffer.from(there.tree.buffer));
    expect(Buffer.from((await here.merge([same.tree])).columns.buffer)).toEqual(
      Buffer.from((await pool.merge([there.tree])).columns.buffer),
    );
    const lie = { ...wanted, diffID: sha(Buffer.from('lie')) };
    await expect(here.indexLayer(lie)).rejects.toMatchObject({ code: 'digest-mismatch' });
    await expect(here.indexLayer(wanted, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'cancelled',
    });
  });

  test('many layers at once, each gets its own', async () => {
    const jobs = Array.from({ length: 20 }, (_, index) =>
      job(String(index), tar(entry({ name: `layer-${index}`, body: 'x'.repeat(index) })), { pack: gzipSync }),
    );
    const made = await Promise.all(jobs.map((each) => pool.indexLayer(each)));
    expect(made.map(({ tree }) => [Buffer.from(tree.nameBytes(1)).toString(), tree.sizeBytes[1]])).toEqual(
      jobs.map((_, index) => [`layer-${index}`, index]),
    );
  });

  test('progress comes through', async () => {
    const random = Buffer.from(Array.from({ length: 3_000_000 }, (_, at) => (at * at * 31) >> 7));
    const wanted = job('a', tar(entry({ body: random })), { full: true });
    const seen: number[] = [];
    await pool.indexLayer(wanted, { onProgress: (done) => seen.push(done) });
    expect(seen.length).toBeGreaterThan(0);
    expect(seen).toEqual(seen.toSorted((a, b) => a - b));
    expect(seen.at(-1)).toBeLessThanOrEqual(wanted.location.sizeBytes);
  });
});

describe('errors keep their code, their place and their advice', () => {
  test.each<[string, () => Job, object]>([
    [
      'another diffID',
      () => ({ ...job('a', TAR, { pack: gzipSync }), diffID: sha(Buffer.from('other')) }),
      {
        code: 'digest-mismatch',
        hint: expect.any(String),
        data: { expected: sha(Buffer.from('other')), found: sha(TAR) },
      },
    ],
    [
      'another digest',
      () => ({ ...job('a', TAR, { full: true }), digest: sha(Buffer.from('other')) }),
      { code: 'digest-mismatch' },
    ],
    [
      'a damaged tar',
      () => job('a', Buffer.alloc(1024, 'text')),
      { code: 'invalid-archive', data: { offset: 0 } },
    ],
    [
      'a damaged gzip',
      () => job('a', Buffer.from('x'), { pack: () => gzipSync(TAR).subarray(0, 40) }),
      { code: 'invalid-archive' },
    ],
    ['a path that leads out', () => job('a', tar(entry({ name: '../a' }))), { code: 'path-escape' }],
    [
      'a limit',
      () => job('a', tar(gnuLong('L', 'a/'.repeat(40_000)), entry({}))),
      { code: 'limit-exceeded' },
    ],
    [
      'no file',
      () => ({ ...job('a', TAR), location: { path: join(folder, 'none'), offset: 0, sizeBytes: 5 } }),
      { code: 'not-found' },
    ],
  ])('%s', async (_, make, expected) => {
    const error = await pool.indexLayer(make()).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(PhylloError);
    expect(error).toMatchObject(expected);
    // The worker is of use after that.
    expect((await pool.indexLayer(job('b', TAR))).tree.count).toBe(4);
  });

  test('a query that cannot be understood', async () => {
    await expect(pool.search(ENDLESS_STACK, parseQuery('re:('))).rejects.toMatchObject({
      code: 'invalid-argument',
    });
  });
});

describe('merging and searching', () => {
  test('give what they give here', async () => {
    const trees = [
      layer({ 'd/a': '1', 'd/b': '2', l: { type: 'hardlink', link: 'd/a' } }),
      layer({ 'd/.wh.a': '', 'd/c': '3', m: { type: 'hardlink', link: 'l' } }),
    ];
    const there = await pool.merge(trees);
    const here = mergeLayers(trees);
    expect(there.facts).toEqual(here.facts);
    expect(there.changes(1)).toEqual(here.changes(1));
    for (const query of ['d/', '*', 're:^/d', '~da'].map(parseQuery))
      expect(await pool.search(there, query)).toEqual(searchPaths(allPaths(here), query));
  });

  test('a stack of nothing', async () => {
    expect((await pool.merge([])).count).toBe(1);
  });
});

describe('stopping', () => {
  test('a search that would never end is stopped, and this thread was free meanwhile', async () => {
    const controller = new AbortController();
    const search = pool.search(ENDLESS_STACK, ENDLESS, { signal: controller.signal });
    // The other worker gets through while the first one spins.
    const { tree } = await pool.indexLayer(job('a', TAR));
    for (let turn = 0; turn < 200; turn++) await new Promise(setImmediate);
    controller.abort();
    await expect(search).rejects.toMatchObject({ code: 'cancelled' });
    expect(tree.count).toBe(4);
    expect(await pool.search(ENDLESS_STACK, parseQuery('!'))).toHaveLength(1);
  });

  test('every worker may be stopped, over and over', async () => {
    for (let round = 0; round < 3; round++) {
      const controller = new AbortController();
      const searches = Array.from({ length: 4 }, () =>
        pool.search(ENDLESS_STACK, ENDLESS, { signal: controller.signal }),
      );
      setImmediate(() => controller.abort());
      const codes = (await Promise.allSettled(searches)).map(
        (each) => each.status === 'rejected' && (each.reason as PhylloError).code,
      );
      expect(codes).toEqual(['cancelled', 'cancelled', 'cancelled', 'cancelled']);
    }
    expect((await pool.indexLayer(job('a', TAR))).tree.count).toBe(4);
  });

  test('a job that waits is taken out of the line, the others are not', async () => {
    const busy = new AbortController();
    const endless = [0, 1].map(() => pool.search(ENDLESS_STACK, ENDLESS, { signal: busy.signal }));
    const waiting = new AbortController();
    const stopped = Promise.allSettled(endless);
    const first = pool.indexLayer(job('a', TAR), { signal: waiting.signal });
    const second = pool.indexLayer(job('b', TAR));
    waiting.abort();
    await expect(first).rejects.toMatchObject({ code: 'cancelled' });
    busy.abort();
    expect((await second).tree.count).toBe(4);
    expect((await stopped).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  });

  test('a signal that fired before refuses at once', async () => {
    await expect(pool.indexLayer(job('a', TAR), { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'cancelled',
    });
  });

  test('a signal that lives long collects nothing', async () => {
    const { signal } = new AbortController();
    const wanted = job('a', TAR);
    await Promise.all(Array.from({ length: 15 }, () => pool.indexLayer(wanted, { signal })));
    await pool
      .indexLayer({ ...wanted, location: { ...wanted.location, path: 'none' } }, { signal })
      .catch(() => undefined);
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });

  test('closing ends what runs and what waits, and nothing begins after it', async () => {
    const searches = Array.from({ length: 5 }, () => pool.search(ENDLESS_STACK, ENDLESS));
    const settled = Promise.allSettled(searches);
    await pool.close();
    expect(
      (await settled).map((each) => each.status === 'rejected' && (each.reason as PhylloError).code),
    ).toEqual(Array.from({ length: 5 }, () => 'cancelled'));
    await expect(pool.indexLayer(job('a', TAR))).rejects.toMatchObject({ code: 'cancelled' });
    await pool.close();
  });
});

test('a pool that nobody closed keeps no process alive', () => {
  const source = new URL('../../src/tree/index-pool.ts', import.meta.url).href;
  const script = join(folder, 'script.mjs');
  writeFileSync(
    script,
    `import { IndexPool } from '${source}';
    const stack = await new IndexPool(2).merge([]);
    console.log(String(stack.count));`,
  );
  expect(execFileSync(execPath, [script], { encoding: 'utf8', timeout: 20_000 }).trim()).toBe('1');
});
