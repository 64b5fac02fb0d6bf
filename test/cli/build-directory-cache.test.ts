// FROM a directory is a step like others: the cache tells why it missed, and one can step over it and back.
import { createHash } from 'node:crypto';
import { chmodSync, cpSync, existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { OpenBuild } from '../../src/app/build-services.ts';
import { composeServices } from '../../src/app/compose.ts';
import { canRun } from '../support/linux-engines.ts';
import { stepEvents } from './build-bench.ts';
import { ADDED_ROW, DirectoryBench } from './directory-bench.ts';

const bench = new DirectoryBench();
afterAll(() => bench.remove());
const { source, given } = bench;

beforeEach(() => {
  bench.put({ 'a.txt': 'aa\n', 'sub/b.txt': 'b\n' });
  bench.dockerfile('FROM src');
});

describe('the cache', () => {
  let id = '';
  beforeEach(async () => {
    bench.dockerfile('FROM src', 'COPY own.txt /', 'ENV A=1');
    id = await bench.id(...given);
  });

  test('of an unchanged directory: a hit, and the same image', async () => {
    expect(await bench.outcomes(...given)).toEqual(['FROM src: cached', 'COPY own.txt /: cached']);
    expect(await bench.id(...given)).toBe(id);
  });

  test('of the same files elsewhere, under another name: a hit', async () => {
    bench.dockerfile('FROM more', 'COPY own.txt /');
    const elsewhere = bench.path('elsewhere');
    cpSync(source, elsewhere, { recursive: true });
    const more = await bench.outcomes('--build-context', `more=${elsewhere}`);
    expect(more).toEqual(['FROM more: cached', 'COPY own.txt /: cached']);
  });

  test.each<[string, () => void, string]>([
    [
      'a file that changed',
      () => writeFileSync(join(source, 'sub/b.txt'), 'B'),
      'content of sub/b.txt changed',
    ],
    ['another mode', () => chmodSync(join(source, 'sub'), 0o711), 'content of sub changed'],
    ['a file more', () => writeFileSync(join(source, 'new'), ''), 'content of new is new'],
    ['a file less', () => rmSync(join(source, 'a.txt')), 'content of a.txt is gone'],
  ])('of %s: a miss that tells it, and what stands on it follows', async (_, change, reason) => {
    change();
    expect(await bench.outcomes(...given)).toEqual([
      `FROM src: ${reason}`,
      'COPY own.txt /: parent changed at step 1',
    ]);
    expect(await bench.id(...given)).not.toBe(id);
  });

  test('may be off, for all of it or for a stage', async () => {
    const off = ['FROM src: the cache is off', 'COPY own.txt /: the cache is off'];
    expect(await bench.outcomes('--no-cache', ...given)).toEqual(off);
    expect(await bench.outcomes('--no-cache-filter', '0', ...given)).toEqual(off);
  });

  test('tells of the step in events, too', async () => {
    const { out } = await bench.build('--progress', 'json', ...given);
    expect(stepEvents(out).find(({ step, status }) => step === '0.0' && status !== 'running')).toMatchObject({
      status: 'cached',
      cache: { kind: 'hit' },
    });
  });
});

describe('two stages', () => {
  test('that begin with it side by side make it once, and a rebuild is the same', async () => {
    bench.dockerfile('FROM src AS one', 'FROM src AS two', 'COPY --from=one a.txt /copied');
    bench.put({ 'a.txt': 'for two stages' });
    const { code, err } = await bench.build('--progress', 'plain', '-t', 'both', ...given);
    expect(code).toBe(0);
    expect(err.match(/cache miss: /g)).toHaveLength(2);
    expect(err.match(/CACHED/g)).toHaveLength(1);
    const [, id] = /^built (sha256:\S+)/m.exec(err)!;
    expect(await bench.id(...given)).toBe(id);
  });
});

describe('what was hashed', () => {
  afterEach(() => vi.restoreAllMocks());

  test('is remembered for the next build', async () => {
    // Later than the files by more than what is taken for the same moment.
    const now = Date.now();
    vi.spyOn(Date, 'now').mockReturnValue(now + 10_000);
    await bench.id(...given);
    const name = createHash('sha256').update(source).digest('hex');
    expect(existsSync(join(bench.root, 'build', 'digests', name))).toBe(true);
  });
});

describe('step by step', () => {
  async function opened(work: (build: OpenBuild) => Promise<void>): Promise<void> {
    const services = await composeServices({ env: { PHYLLO_CONFIG: bench.path('none') }, root: bench.root });
    const build = await services.builds.open({ context: bench.context, contexts: [['src', source]] });
    try {
      await work(build);
    } finally {
      await build.close();
      await services.close();
    }
  }

  /** Of FROM, of COPY, of ENV. */
  const verdicts = ({ session }: OpenBuild): readonly (string | undefined)[] =>
    session.steps.map(({ verdict }) => (verdict?.kind === 'miss' ? verdict.why : verdict?.kind));

  beforeEach(() => {
    bench.dockerfile('FROM src', 'COPY own.txt /', 'ENV A=1');
    bench.put({ 'a.txt': 'stepped' });
  });

  test('it is a step with a layer, that can be gone back to and made again', async () => {
    await opened(async (build) => {
      const { session } = build;
      await session.next();
      expect(session.steps[0]).toMatchObject({ status: 'done', hasLayer: true });
      const image = await session.imageAt('0.0', 'after');
      expect(image?.manifest.layers).toHaveLength(1);
      session.back();
      expect(session.position).toBe(0);
      await session.next();
      expect([session.position, await session.imageAt('0.0', 'after')]).toEqual([1, image]);
      session.restartFrom('0.0');
      expect(session.steps[0]).toMatchObject({ status: 'pending', hasLayer: false });
      await session.continue();
      expect(verdicts(build)).toEqual(['hit', 'changed', 'none']);
      session.restartFrom('0.0', { noCache: true });
      await session.continue();
      expect(verdicts(build)).toEqual(['off', 'hit', 'none']);
      expect(session.status).toBe('finished');
    });
  });

  test('a text that begins otherwise stands on something else, and back again', async () => {
    await opened(async (build) => {
      const { session } = build;
      const { source: text } = session.dockerfile;
      await session.continue();
      await session.edit(text.replace('FROM src', 'FROM scratch'));
      expect(session.position).toBe(0);
      await session.continue();
      expect((await session.imageAt('0.0', 'after'))?.manifest.layers).toEqual([]);
      await session.edit(text);
      await session.continue();
      expect(verdicts(build)).toEqual(['hit', 'hit', 'none']);
      await session.edit(text.replace('A=1', 'A=2'));
      expect([session.position, verdicts(build)]).toEqual([2, ['hit', 'hit', undefined]]);
    });
  });
});

describe.runIf(canRun('crun'))('RUN', () => {
  const linux = new DirectoryBench({ PHYLLO_ENGINE: 'linux' });
  beforeAll(() => linux.out('samples', 'make', 'cow-busybox'));
  afterAll(() => linux.remove());

  test('works with the files of the directory, and is built again when they change', async () => {
    await linux.out('extract', 'phyllo/cow:busybox', '/', linux.source);
    linux.dockerfile('FROM src', 'RUN echo made > /made');
    const id = await linux.id(...linux.given);
    expect(await linux.out('cat', id, '/made')).toBe('made\n');
    expect(linux.document(id).history.map((row) => row['created_by'])).toEqual([
      ADDED_ROW.created_by,
      'RUN /bin/sh -c echo made > /made # buildkit',
    ]);
    writeFileSync(join(linux.source, 'more'), '');
    expect(await linux.outcomes(...linux.given)).toEqual([
      'FROM src: content of more is new',
      'RUN echo made > /made: parent changed at step 1',
    ]);
  });
});
