// Layers that try to get out of their root. Whatever they do, nothing beside the root may change; most are applied
// after a layer that prepared the ground.
import { existsSync, lstatSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { PhylloError } from '../../src/lib/errors.ts';
import { ATTACKS, OUT } from './apply-attacks.ts';
import { Sandbox } from './apply-fixtures.ts';

let sandbox: Sandbox;
let outside: string[];
beforeEach(() => {
  sandbox = new Sandbox();
  outside = sandbox.outside();
});
afterEach(() => sandbox.remove());

describe.each(Object.entries(ATTACKS))('%s', (_, { layers, tree, code }) => {
  test.each([
    ['as root would', {}],
    ['without native calls', { native: null }],
    ['with all privileges', { privileges: true }],
  ])('stays inside, %s', async (how, options) => {
    const last = layers.length - 1;
    for (const layer of layers.slice(0, code === undefined ? layers.length : last))
      await sandbox.apply(layer, options);
    const failed = code === undefined ? undefined : await failure(sandbox.apply(layers[last]!, options));
    expect(failed).toBe(code);
    expect(sandbox.outside()).toEqual(outside);
    const isFifoLeftOut = how === 'without native calls' && tree?.some((line) => line.endsWith('fifo'));
    const wanted = isFifoLeftOut ? [] : (tree ?? sandbox.tree());
    expect(sandbox.tree()).toEqual(wanted);
  });
});

/** The code of the error that a promise rejects with. */
function failure(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => 'no error',
    (error: unknown) => (error as PhylloError).code,
  );
}

test('no attack reached the real file system', () => {
  expect(existsSync('/tmp/phyllo-escape')).toBe(false);
});

test('a link in the place of a directory is never entered, however often layers swap them', async () => {
  for (let round = 0; round < 5; round++) {
    await sandbox.apply({ a: OUT, 'b/': {}, 'b/c': OUT });
    await sandbox.apply({ 'a/folder/file': 'in', 'b/c/folder/file': 'in', 'b/c/.wh.file': '' });
    await sandbox.apply({ b: { link: 'a' }, 'b/folder/file': 'in' });
  }
  expect(sandbox.outside()).toEqual(outside);
  expect(lstatSync(join(sandbox.root, 'b')).isDirectory()).toBe(true);
});
