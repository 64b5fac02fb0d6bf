// From create to remove, for every engine.
import { expect } from 'vitest';
import {
  createFor,
  find,
  logsOf,
  runFor,
  shell,
  specOf,
  startFor,
  untilLogged,
} from '../support/engine-runs.ts';
import type { Subject } from './contract.ts';

const FOREVER = 'while :; do sleep 0.1; done';

export function describeLifecycle({ engine, image, lacks, group, test }: Subject): void {
  group('the life of a container', () => {
    test('it is created, runs and has exited, and the list tells so at each step', async () => {
      const id = await createFor(engine(), image(), { ...shell(`echo up; ${FOREVER}`), labels: { a: 'b' } });
      expect(id).toMatch(/^[0-9a-f]{64}$/);
      const created = await find(engine(), id);
      expect(created).toMatchObject({ status: 'created', pid: 0, labels: { a: 'b' }, autoRemove: false });
      expect(created!.image.id).toBe(image().image.id);
      expect(created!.hostname).toBe(id.slice(0, 12));
      await engine().start(id);
      expect(await find(engine(), id)).toMatchObject({ status: 'running' });
      await engine().kill(id, 'SIGKILL');
      expect(await engine().wait(id)).toBe(137);
      const exited = await find(engine(), id);
      expect(exited).toMatchObject({ status: 'exited', exitCode: 137, pid: 0 });
      expect(Date.parse(exited!.startedAt!)).toBeGreaterThanOrEqual(Date.parse(created!.created) - 1);
      expect(Date.parse(exited!.finishedAt!)).toBeGreaterThanOrEqual(Date.parse(exited!.startedAt!));
    });

    test('the newest is listed first', async () => {
      const older = await createFor(engine(), image(), shell('exit 0'));
      const newer = await createFor(engine(), image(), shell('exit 0'));
      const ids = (await engine().list()).map(({ id }) => id);
      expect(ids.indexOf(newer)).toBeLessThan(ids.indexOf(older));
    });

    test('one that was created can be waited for before it starts', async () => {
      const id = await createFor(engine(), image(), shell('exit 6'));
      await engine().start(id);
      expect(await engine().wait(id)).toBe(6);
      expect(await engine().wait(id)).toBe(6);
    });

    test('waiting can be given up', async () => {
      const id = await startFor(engine(), image(), shell(FOREVER));
      const giveUp = new AbortController();
      const waited = engine().wait(id, { signal: giveUp.signal });
      giveUp.abort();
      await expect(waited).rejects.toMatchObject({ code: 'cancelled' });
      expect(await find(engine(), id)).toMatchObject({ status: 'running' });
    });

    test('one that has exited starts again with the files that it had', async () => {
      const id = await startFor(engine(), image(), shell('echo run >> /data/runs; cat /data/runs; exit 2'));
      expect(await engine().wait(id)).toBe(2);
      await engine().start(id);
      expect(await engine().wait(id)).toBe(2);
      expect((await logsOf(engine(), id)).stdout).toBe('run\nrun\nrun\n');
    });

    test('one that runs is not started twice', async () => {
      const id = await startFor(engine(), image(), shell(FOREVER));
      await expect(engine().start(id)).rejects.toMatchObject({ code: 'already-exists' });
      expect(await find(engine(), id)).toMatchObject({ status: 'running' });
    });

    if (!lacks('signals'))
      test('stop lets it end by itself', async () => {
        const script = `trap "exit 5" TERM; echo ready; ${FOREVER}`;
        const id = await startFor(engine(), image(), shell(script));
        await untilLogged(engine(), id, 'ready');
        await engine().stop(id);
        expect(await engine().wait(id)).toBe(5);
      });

    if (!lacks('signals'))
      test('stop sends the stop signal that it was made with', async () => {
        const script = `trap "exit 8" USR1; echo ready; ${FOREVER}`;
        const id = await startFor(engine(), image(), { ...shell(script), stopSignal: 'SIGUSR1' });
        await untilLogged(engine(), id, 'ready');
        await engine().stop(id);
        expect(await engine().wait(id)).toBe(8);
      });

    test('stop kills one that does not listen, after the timeout', async () => {
      const id = await startFor(engine(), image(), shell(`trap "" TERM; echo ready; ${FOREVER}`));
      await untilLogged(engine(), id, 'ready');
      await engine().stop(id, { timeoutSeconds: 1 });
      expect(await engine().wait(id)).toBe(137);
    });

    test('one that is killed the moment that it has started was killed, and did not fail', async () => {
      const ids = await Promise.all(
        Array.from({ length: 3 }, () => createFor(engine(), image(), shell(FOREVER))),
      );
      const codes = ids.map(async (id) => {
        await engine().start(id);
        await engine().kill(id, 'SIGKILL');
        return engine().wait(id);
      });
      expect(await Promise.all(codes)).toEqual([137, 137, 137]);
    });

    test('to stop one that does not run changes nothing', async () => {
      const { id } = await runFor(engine(), image(), shell('exit 3'));
      await engine().stop(id);
      expect(await find(engine(), id)).toMatchObject({ status: 'exited', exitCode: 3 });
    });

    test('one that does not run cannot be killed', async () => {
      const { id } = await runFor(engine(), image(), shell('exit 3'));
      await expect(engine().kill(id, 'SIGTERM')).rejects.toMatchObject({ code: 'invalid-argument' });
    });
  });

  group('names of containers', () => {
    test('one is made up where none is given', async () => {
      const id = await createFor(engine(), image(), shell('exit 0'));
      expect((await find(engine(), id))?.name).toMatch(/^[a-z]+_[a-z]+\d*$/);
    });

    test('a name in use is refused, and nothing is left of what was refused', async () => {
      await createFor(engine(), image(), { ...shell('exit 0'), name: 'contract-taken' });
      const before = (await engine().list()).map(({ id }) => id);
      const again = engine().create(specOf(image(), { ...shell('exit 0'), name: 'contract-taken' }));
      await expect(again).rejects.toMatchObject({ code: 'already-exists' });
      expect((await engine().list()).map(({ id }) => id)).toEqual(before);
    });

    test('a name that is not allowed is refused', async () => {
      const made = engine().create(specOf(image(), { ...shell('exit 0'), name: '../x' }));
      await expect(made).rejects.toMatchObject({ code: 'invalid-argument' });
    });

    test('a container can be renamed, but not to a name in use', async () => {
      const id = await createFor(engine(), image(), { ...shell('exit 0'), name: 'contract-first' });
      await createFor(engine(), image(), { ...shell('exit 0'), name: 'contract-second' });
      await engine().rename(id, 'contract-third');
      expect((await find(engine(), id))?.name).toBe('contract-third');
      await expect(engine().rename(id, 'contract-second')).rejects.toMatchObject({ code: 'already-exists' });
      expect((await find(engine(), id))?.name).toBe('contract-third');
      await createFor(engine(), image(), { ...shell('exit 0'), name: 'contract-first' });
    });
  });

  group('the end of a container', () => {
    test('one that runs is removed only by force', async () => {
      const id = await startFor(engine(), image(), shell(FOREVER));
      await expect(engine().remove(id)).rejects.toMatchObject({ code: 'invalid-argument' });
      expect(await find(engine(), id)).toMatchObject({ status: 'running' });
      await engine().remove(id, { force: true });
      expect(await find(engine(), id)).toBeUndefined();
    });

    test('one that is removed is not there for anybody', async () => {
      const id = await createFor(engine(), image(), { ...shell('exit 0'), name: 'contract-gone' });
      await engine().remove(id);
      await expect(engine().remove(id)).rejects.toMatchObject({ code: 'not-found' });
      await expect(engine().start(id)).rejects.toMatchObject({ code: 'not-found' });
      await expect(engine().wait(id)).rejects.toMatchObject({ code: 'not-found' });
      await createFor(engine(), image(), { ...shell('exit 0'), name: 'contract-gone' });
    });

    test('with --rm it is removed at its end, and its exit code is known to who waited', async () => {
      const id = await createFor(engine(), image(), { ...shell('exit 4'), autoRemove: true });
      const waited = engine().wait(id, { removed: true });
      await engine().start(id);
      expect(await waited).toBe(4);
      expect(await find(engine(), id)).toBeUndefined();
    });
  });
}
