// The analysis on a thread of its own: what comes back is what was counted.
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { analyzeStack } from '../../src/analysis/analysis.ts';
import { deadPaths } from '../../src/analysis/dead-paths.ts';
import type { ExploredImage } from '../../src/app/services.ts';
import { writeArchive } from '../cli/archives.ts';
import { type Place, endPlace, placeWithSamples } from '../support/tui-services.ts';

let place: Place;
let image: ExploredImage;
beforeAll(async () => {
  place = await placeWithSamples();
  const path = join(place.folder, 'waste.tar');
  const many = Object.fromEntries(
    Array.from({ length: 1200 }, (_, pair) => [
      [`a/${pair}`, `${pair}`.padStart(8)],
      [`b/${pair}`, `${pair}`.padStart(8)],
    ]).flat(),
  );
  const copies = Object.fromEntries(
    Array.from({ length: 150 }, (_, copy) => [`c/${copy}`, 'c'.repeat(5000)]),
  );
  await writeArchive(path, { layers: [{ ...many, ...copies, big: 'x'.repeat(9000) }, { big: 'y' }] });
  image = await place.services.explore.open(path);
});
afterAll(async () => {
  await image.close();
  await endPlace(place);
});

test('says the same as on this thread, with the heaviest duplicates and some of their paths', async () => {
  const stack = await image.exact();
  const analysis = await place.services.analysis.analyze(image, stack);
  const { duplicates, ...rest } = analyzeStack({
    stack,
    rows: image.rows,
    compressedBytes: image.layers.map(({ compressedBytes }) => compressedBytes),
    baseLayers: 0,
  });
  expect(analysis).toMatchObject({ ...rest, report: { total: 9000 } });
  expect(deadPaths(stack, analysis.report)).toEqual(deadPaths(stack, rest.report));
  expect(duplicates).toHaveLength(1201);
  expect(analysis.duplicateCount).toBe(1201);
  expect(analysis.duplicateBytes).toBe(149 * 5000 + 1200 * 8);
  expect(analysis.duplicates).toHaveLength(1000);
  expect(analysis.duplicates[0]).toEqual({ ...duplicates[0], nodes: duplicates[0]!.nodes.slice(0, 100) });
});

test('is stopped at once by whoever does not wait any more', async () => {
  const stack = await image.exact();
  const stopping = new AbortController();
  const analysis = place.services.analysis.analyze(image, stack, { signal: stopping.signal });
  stopping.abort();
  await expect(analysis).rejects.toMatchObject({ code: 'cancelled' });
  await expect(
    place.services.analysis.analyze(image, stack, { signal: stopping.signal }),
  ).rejects.toMatchObject({ code: 'cancelled' });
});
