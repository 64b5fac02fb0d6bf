import { execFile } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { execPath } from 'node:process';
import { promisify } from 'node:util';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { ContainerConfig, ContainerState } from '../../src/engine/container.ts';
import { parseContainerConfig, parseContainerState } from '../../src/engine/record-json.ts';
import { ContainerRecords } from '../../src/engine/records.ts';
import { containerConfig } from '../support/engine-records.ts';
import { until } from '../support/engine-runs.ts';
import { temporaryFolder } from '../support/image-folder.ts';

const CHILD = new URL('../support/engine-record-child.ts', import.meta.url).pathname;
const run = promisify(execFile);

function newRecords(): ContainerRecords {
  return new ContainerRecords(join(temporaryFolder(), 'containers'));
}

function filesOf(records: ContainerRecords): string[] {
  return readdirSync(records.directory).filter(
    (name) => !name.startsWith('.changed') && name !== '.names.lock',
  );
}

describe('records of containers', () => {
  test('say what was written, in this process and the next', async () => {
    const records = newRecords();
    const config = containerConfig();
    const made = await records.create(config, 'box');
    expect(made).toEqual({ ...config, name: 'box', status: 'created', pid: 0, published: [] });
    expect(await new ContainerRecords(records.directory).get(config.id)).toEqual(
      JSON.parse(JSON.stringify(made)),
    );
  });

  test('before the first one there are none', async () => {
    const records = newRecords();
    expect(await records.list()).toEqual([]);
    await records.sweep();
    await expect(records.get('a'.repeat(64))).rejects.toMatchObject({ code: 'not-found' });
    await expect(records.find('x')).rejects.toMatchObject({ code: 'not-found' });
  });

  test('are listed with the newest first', async () => {
    const records = newRecords();
    for (const created of [
      '2024-01-02T00:00:00.000Z',
      '2024-01-03T00:00:00.000Z',
      '2024-01-01T00:00:00.000Z',
    ]) {
      await records.create(containerConfig({ created }));
    }
    expect((await records.list()).map(({ created }) => created.slice(8, 10))).toEqual(['03', '02', '01']);
  });

  test('change their state', async () => {
    const records = newRecords();
    const { id } = await records.create(containerConfig());
    const state: Partial<ContainerState> = {
      status: 'running',
      pid: 7,
      startedAt: '2024-01-01T00:00:00Z',
      published: [{ hostIp: '::', hostPort: 8080, containerPort: 80, protocol: 'tcp' }],
      isolation: 'crun',
    };
    await records.updateState(id, (before) => ({ ...before, ...state }));
    expect(await records.get(id)).toMatchObject(state);
  });

  test('stay as they are when the change fails', async () => {
    const records = newRecords();
    const { id } = await records.create(containerConfig());
    const before = await records.get(id);
    const failing = records.updateState(id, () => {
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    expect(await records.get(id)).toEqual(before);
    await records.updateState(id, (state) => ({ ...state, pid: 1 }));
  });

  test('are readable by their user alone', async () => {
    const records = newRecords();
    const { id } = await records.create(containerConfig());
    const { stdout } = await run('find', [records.directory, '-perm', '/077']);
    expect(stdout).toBe('');
    expect(filesOf(records)).toEqual([id]);
  });

  test('of one that goes with its process are as whole, and as private', async () => {
    const records = newRecords();
    const config = containerConfig({ autoRemove: true });
    const made = await records.create(config, 'box', async (directory) =>
      mkdirSync(join(directory, 'upper')),
    );
    const { stdout } = await run('find', [records.directory, '-perm', '/077', '!', '-name', 'upper']);
    expect(stdout).toBe('');
    expect(readdirSync(records.pathOf(config.id)).toSorted()).toEqual(['config.json', 'state.json', 'upper']);
    expect(await new ContainerRecords(records.directory).get(config.id)).toEqual(
      JSON.parse(JSON.stringify(made)),
    );
    await records.updateState(config.id, (state) => ({ ...state, pid: 3 }));
    expect(await records.find('box')).toMatchObject({ id: config.id, pid: 3, autoRemove: true });
    await records.remove(config.id, undefined, false);
    expect(filesOf(records)).toEqual([]);
    await records.create(containerConfig(), 'box');
  });

  test('an ID is never a path', async () => {
    const records = newRecords();
    for (const id of ['..', '../x', '', 'a/b', '.', 'A'.repeat(64), `${'a'.repeat(64)}/..`]) {
      expect(() => records.pathOf(id)).toThrow(expect.objectContaining({ code: 'not-found' }));
      await expect(records.get(id)).rejects.toMatchObject({ code: 'not-found' });
      await expect(records.remove(id)).rejects.toMatchObject({ code: 'not-found' });
    }
  });
});

describe('names', () => {
  test('are made up where none is given', async () => {
    const records = newRecords();
    expect((await records.create(containerConfig())).name).toMatch(/^[a-z]+_[a-z]+$/);
  });

  test('in use are refused, and nothing is left', async () => {
    const records = newRecords();
    const { id } = await records.create(containerConfig(), 'box');
    await expect(records.create(containerConfig(), 'box')).rejects.toMatchObject({
      code: 'already-exists',
      data: { container: id },
    });
    await expect(records.create(containerConfig(), '../box')).rejects.toMatchObject({
      code: 'invalid-argument',
    });
    expect(filesOf(records)).toEqual([id]);
  });

  test('can be changed to one that is free', async () => {
    const records = newRecords();
    const { id } = await records.create(containerConfig(), 'first');
    await records.create(containerConfig(), 'second');
    await expect(records.rename(id, 'second')).rejects.toMatchObject({ code: 'already-exists' });
    await expect(records.rename(id, 'a/b')).rejects.toMatchObject({ code: 'invalid-argument' });
    await records.rename(id, 'third');
    expect((await records.find('third')).id).toBe(id);
    await records.create(containerConfig(), 'first');
    await expect(records.rename('a'.repeat(64), 'fourth')).rejects.toMatchObject({ code: 'not-found' });
  });

  test('are unique among processes that make containers at once', { timeout: 60_000 }, async () => {
    const records = newRecords();
    const children = [1, 2, 3, 4].map(() => run(execPath, [CHILD, 'names', records.directory, '10']));
    const made = (await Promise.all(children)).flatMap(({ stdout }) =>
      stdout.trim().split('\n').filter(Boolean),
    );
    expect(made.toSorted()).toEqual(Array.from({ length: 10 }, (_, n) => `name-${n + 1}`).toSorted());
    expect(await records.list()).toHaveLength(10);
  });
});

test('no change is lost among processes that change one state at once', { timeout: 60_000 }, async () => {
  const records = newRecords();
  const { id } = await records.create(containerConfig());
  await Promise.all([1, 2, 3].map(() => run(execPath, [CHILD, 'count', records.directory, id, '20'])));
  expect((await records.get(id)).exitCode).toBe(60);
});

describe('finding', () => {
  test('goes by whole ID, then name, then the start of an ID', async () => {
    const records = newRecords();
    const [one, two] = [`abcd${'0'.repeat(60)}`, `abce${'0'.repeat(60)}`];
    await records.create(containerConfig({ id: one }), 'first');
    await records.create(containerConfig({ id: two }), 'abcd');
    expect((await records.find(one)).id).toBe(one);
    expect((await records.find('abcd')).id).toBe(two);
    expect((await records.find('abcd0')).id).toBe(one);
    expect((await records.find('/first')).id).toBe(one);
    await expect(records.find('abc')).rejects.toMatchObject({ code: 'ambiguous' });
    for (const none of ['', 'abd', 'ABCD', 'firs', '..', '/', 'a\u001b[m']) {
      await expect(records.find(none)).rejects.toMatchObject({ code: 'not-found' });
    }
  });
});

describe('removal', () => {
  test("takes everything, the engine's own data by its hand", async () => {
    const records = newRecords();
    const { id } = await records.create(containerConfig(), 'box', (directory) => {
      mkdirSync(join(directory, 'upper'));
      writeFileSync(join(directory, 'upper', 'file'), 'x');
      return Promise.resolve();
    });
    const seen: string[] = [];
    await records.remove(id, async (directory, config) => {
      expect(await records.list()).toEqual([]);
      seen.push(config!.id, ...readdirSync(directory).toSorted());
      rmSync(join(directory, 'upper'), { recursive: true });
    });
    expect(seen).toEqual([id, 'config.json', 'state.json', 'state.lock', 'upper']);
    expect(filesOf(records)).toEqual([]);
    await expect(records.remove(id)).rejects.toMatchObject({ code: 'not-found' });
    await expect(records.updateState(id, (state) => state)).rejects.toMatchObject({ code: 'not-found' });
    await records.create(containerConfig(), 'box');
  });

  test('that fails can be finished later', async () => {
    const records = newRecords();
    const { id } = await records.create(containerConfig());
    const failing = records.remove(id, () => Promise.reject(new Error('busy')));
    await expect(failing).rejects.toThrow('busy');
    expect(await records.list()).toEqual([]);
    const swept: (string | undefined)[] = [];
    await records.sweep((_, config) => Promise.resolve(void swept.push(config?.id)));
    expect(swept).toEqual([id]);
    expect(filesOf(records)).toEqual([]);
  });

  test('in progress is not swept by others', async () => {
    const records = newRecords();
    const { id } = await records.create(containerConfig());
    let calls = 0;
    await records.remove(id, async () => {
      calls++;
      await new ContainerRecords(records.directory).sweep(() => Promise.resolve(void calls++));
    });
    expect(calls).toBe(1);
    expect(filesOf(records)).toEqual([]);
  });

  test('is not disturbed by who finds it half done and finishes it', async () => {
    const records = newRecords();
    const others = new ContainerRecords(records.directory);
    let isOver = false;
    // As often as they can: somebody lists containers all the time.
    const sweeping = (async () => {
      while (!isOver) await others.sweep();
    })();
    for (let round = 0; round < 100; round++) {
      const { id } = await records.create(containerConfig({ autoRemove: true }));
      // As an agent does: the lock goes before the record.
      await records.remove(id, async (directory) => rmSync(join(directory, 'state.lock')), false);
    }
    isOver = true;
    await sweeping;
    await others.sweep();
    expect(filesOf(records)).toEqual([]);
  });

  test('what cannot be made leaves nothing', async () => {
    const records = newRecords();
    const made = records.create(containerConfig(), 'box', (directory) => {
      mkdirSync(join(directory, 'upper'));
      return Promise.reject(new Error('cannot'));
    });
    await expect(made).rejects.toThrow(/cannot/);
    expect(filesOf(records)).toEqual([]);
    await records.create(containerConfig(), 'box');
  });

  test('what a crash left half made is swept, and nothing else', async () => {
    const records = newRecords();
    const { id } = await records.create(containerConfig());
    renameSync(records.pathOf(id), join(records.directory, `.new-${id}`));
    const kept = await records.create(containerConfig());
    await records.sweep();
    expect(filesOf(records)).toEqual([kept.id]);
  });

  test('what was left before anything was written in it is swept, by who removes the folder as well', async () => {
    const records = newRecords();
    const kept = await records.create(containerConfig());
    const unfinished = join(records.directory, `.new-${'a'.repeat(64)}`);
    mkdirSync(unfinished);
    expect(await records.hasLeftovers()).toBe(true);
    await records.sweep((directory) => Promise.resolve(rmSync(directory, { recursive: true })));
    expect(filesOf(records)).toEqual([kept.id]);
    expect(await records.hasLeftovers()).toBe(false);
  });
});

describe('damaged records', () => {
  test.each([
    ['config.json', undefined],
    ['config.json', ''],
    ['config.json', '{}'],
    ['config.json', '[1'],
    ['config.json', '\0\0\0\0'],
    ['state.json', undefined],
    ['state.json', '{"name":"box","status":"running"}'],
    ['state.json', '{"name":"box","status":"gone","pid":0,"published":[]}'],
    ['state.json', '{"name":"box","status":"running","pid":-1,"published":[]}'],
    ['state.json', '{"name":"box","status":"running","pid":1e400,"published":[]}'],
    ['state.json', '{"name":'],
  ])('%s being %j: the container is dead, and can be removed', async (file, content) => {
    const records = newRecords();
    const { id } = await records.create(containerConfig(), 'box');
    const other = await records.create(containerConfig(), 'other');
    const path = join(records.pathOf(id), file);
    if (content === undefined) rmSync(path);
    else writeFileSync(path, content);
    const dead = await records.get(id);
    expect(dead).toMatchObject({ id, status: 'dead' });
    expect(dead.error).toContain(file);
    expect((await records.list()).map((container) => container.id).toSorted()).toEqual(
      [id, other.id].toSorted(),
    );
    await records.remove(id);
    expect(filesOf(records)).toEqual([other.id]);
  });

  test('a record of another container is no record', async () => {
    const records = newRecords();
    const one = await records.create(containerConfig());
    const two = await records.create(containerConfig());
    writeFileSync(
      join(records.pathOf(one.id), 'config.json'),
      readFileSync(join(records.pathOf(two.id), 'config.json')),
    );
    expect(await records.get(one.id)).toMatchObject({ id: one.id, status: 'dead' });
  });

  test('a damaged state can be written anew', async () => {
    const records = newRecords();
    const { id } = await records.create(containerConfig());
    writeFileSync(join(records.pathOf(id), 'state.json'), 'x');
    await records.updateState(id, (state) => ({ name: state.name, status: 'exited', pid: 0, published: [] }));
    expect(await records.get(id)).toMatchObject({ status: 'exited', name: id.slice(0, 12) });
  });

  test('what is no record at all is not listed', async () => {
    const records = newRecords();
    const { id } = await records.create(containerConfig());
    mkdirSync(join(records.directory, 'lost+found'));
    writeFileSync(join(records.directory, 'file'), '');
    symlinkSync('/', join(records.directory, 'link'));
    expect((await records.list()).map((container) => container.id)).toEqual([id]);
  });

  test.each<[string, (config: ContainerConfig) => object]>([
    ['no image', (config) => ({ ...config, image: undefined })],
    ['no program', (config) => ({ ...config, process: { ...config.process, argv: [] } })],
    ['a number for a variable', (config) => ({ ...config, env: [1] })],
    ['an unknown mount', (config) => ({ ...config, mounts: [{ type: 'x', target: '/' }] })],
    [
      'a port that is none',
      (config) => ({ ...config, ports: [{ ...config.ports[0]!, containerPort: 65_536 }] }),
    ],
    ['an unknown engine', (config) => ({ ...config, engine: 'x' })],
    ['a digest that is none', (config) => ({ ...config, image: { ...config.image, id: '../x' } })],
    ['a label that is no text', (config) => ({ ...config, labels: { a: {} } })],
  ])('a config with %s is refused', (_, change) => {
    const data = Buffer.from(JSON.stringify(change(containerConfig())));
    expect(() => parseContainerConfig(data)).toThrow(/./);
  });

  test('what was written is read back to the last field', () => {
    const config = containerConfig({ labels: JSON.parse('{"__proto__":"x"}') as Record<string, string> });
    expect(parseContainerConfig(Buffer.from(JSON.stringify(config)))).toEqual(
      JSON.parse(JSON.stringify(config)),
    );
    const state: ContainerState = {
      name: 'box',
      status: 'exited',
      pid: 0,
      startedAt: 'a',
      finishedAt: 'b',
      exitCode: 3,
      error: 'c',
      published: [{ hostIp: '::', hostPort: 1, containerPort: 2, protocol: 'udp' }],
      isolation: 'crun',
    };
    expect(parseContainerState(Buffer.from(JSON.stringify(state)))).toEqual(state);
  });
});

describe('watching', () => {
  test(
    'tells of what came, changed and went, also through another process',
    { timeout: 60_000 },
    async () => {
      const records = newRecords();
      let told = 0;
      onTestFinished(records.watch(() => told++));
      await until('the watch began', () => told > 0);
      const next = async (what: string, work: () => Promise<unknown>): Promise<void> => {
        const before = told;
        await work();
        await until(`${what} was told`, () => told > before);
      };
      const config = containerConfig();
      await next('a new container', () => records.create(config));
      await next('a new state', () => records.updateState(config.id, (state) => ({ ...state, pid: 1 })));
      await next('a new name', () => records.rename(config.id, 'other'));
      await next('another process', () => run(execPath, [CHILD, 'count', records.directory, config.id, '1']));
      await next('the removal', () => records.remove(config.id));
      expect(told).toBeGreaterThanOrEqual(6);
    },
  );

  test('ends', async () => {
    const records = newRecords();
    let told = 0;
    const end = records.watch(() => told++);
    await until('the watch began', () => told > 0);
    end();
    const before = told;
    await records.create(containerConfig());
    let others = 0;
    onTestFinished(records.watch(() => others++));
    await until('another watch was told', () => others > 0);
    expect(told).toBe(before);
  });
});

test('records that cannot be read say why', async () => {
  const records = newRecords();
  rmSync(records.directory, { recursive: true, force: true });
  writeFileSync(records.directory, 'a file');
  await expect(records.list()).rejects.toMatchObject({ code: 'not-found' });
  expect(existsSync(records.directory)).toBe(true);
});
