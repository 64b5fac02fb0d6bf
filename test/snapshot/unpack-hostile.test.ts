// Layers that try to get out of their root, unpacked alone and stacked: the same tree as where they are applied to one
// directory, and nothing beside it.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { isPhylloError } from '../../src/lib/errors.ts';
import { type UnpackPlan, unpackPlan } from '../../src/snapshot/unpack-plan.ts';
import { removeFolder, unpackLayer } from '../../src/snapshot/unpack.ts';
import type { StackIndex } from '../../src/tree/stack-index.ts';
import { ATTACKS } from '../layer/apply-attacks.ts';
import { treeOf } from '../layer/apply-fixtures.ts';
import { Image, canMount, mountLayers } from './unpack-fixtures.ts';

const NO_PLAN: UnpackPlan = { needless: [], implied: [], rootNames: [], links: [] };

let base: string;
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'phyllo-hostile-'));
  mkdirSync(join(base, 'from'));
});
afterEach(() => removeFolder(base));

const CANARY = ['file 644 "canary"', 'folder/ 755', 'folder/file 644 "canary"'];

/** Beside the layer's root, where the links of the attacks lead to. */
function makeCanary(folder: string): void {
  mkdirSync(join(folder, 'canary', 'folder'), { recursive: true });
  for (const path of ['file', 'folder/file']) writeFileSync(join(folder, 'canary', path), 'canary');
}

/** Most attacks are already refused by the reader that makes the trees. */
async function stackOf(image: Image): Promise<StackIndex | undefined> {
  return image.stack().catch((error: unknown) => {
    if (isPhylloError(error)) return undefined;
    throw error;
  });
}

describe.runIf(canMount).each(Object.entries(ATTACKS))('%s', (_, { layers, tree, code }) => {
  test('stays inside', async () => {
    const image = await Image.build(layers);
    const stack = await stackOf(image);
    const lowers: string[] = [];
    let failed: string | undefined;
    for (const [index, diffID] of image.diffIDs.entries()) {
      const folder = join(base, 'from', `l${index}`);
      const job = {
        blob: await image.locate(index),
        diffID,
        form: 'trusted',
        folder,
        lowers: [...lowers],
        plan: stack ? unpackPlan(stack, index) : NO_PLAN,
      } as const;
      // The first report comes when the folder is there and before anything is written.
      await unpackLayer(job, { onProgress: () => makeCanary(folder) }).catch((error: unknown) => {
        failed = isPhylloError(error) ? error.code : 'bug';
      });
      lowers.push(join(folder, 'd'));
      expect(treeOf(join(folder, 'canary'))).toEqual(CANARY);
      expect(readdirSync(folder).toSorted()).toEqual(['canary', 'd', ...(failed ? [] : ['layer.json'])]);
    }
    image.remove();
    expect(failed).toBe(code);
    expect(readdirSync(base)).toEqual(['from']);
    expect(existsSync('/tmp/phyllo-escape')).toBe(false);
    if (tree === undefined) return;
    const mount = await mountLayers(join(base, 'from'), lowers);
    const shown = treeOf(mount.path);
    await mount.end();
    expect(shown).toEqual(tree);
  });
});
