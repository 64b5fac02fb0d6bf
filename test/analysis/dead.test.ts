import { expect, test } from 'vitest';
import { deadBytes } from '../../src/analysis/dead.ts';
import { SquashView } from '../../src/tree/squash-view.ts';
import { type LayerSpec, stack } from '../support/layers.ts';

const none = { overwritten: 0, deleted: 0, metadataOnly: 0, opaqueHidden: 0 };

test.each<[string, LayerSpec[], object]>([
  ['deleted', [{ 'big/a': '12345', 'big/b': '67890' }, { '.wh.big': '' }], { ...none, deleted: 10 }],
  ['overwritten', [{ a: '12345' }, { a: '1' }], { ...none, overwritten: 5 }],
  ['metadata only', [{ a: '12345' }, { a: { content: '12345', mode: 0o777 } }], { ...none, metadataOnly: 5 }],
  ['opaque', [{ 'd/a': '12345' }, { 'd/.wh..wh..opq': '' }], { ...none, opaqueHidden: 5 }],
  ['replaced by a file', [{ 'd/a': '12345' }, { d: '' }], { ...none, overwritten: 5 }],
  ['nothing', [{ a: '12345' }, { '.wh.b': '', c: '1' }], none],
  ['one of two names', [{ a: '12345', b: { type: 'hardlink', link: 'a' } }, { '.wh.a': '' }], none],
  [
    'both names',
    [
      { a: '12345', b: { type: 'hardlink', link: 'a' } },
      { '.wh.a': '', '.wh.b': '' },
    ],
    { ...none, deleted: 5 },
  ],
])('%s', (_, layers, dead) => {
  const index = stack(...layers);
  const report = deadBytes(index);
  expect(report.byLayer[0]).toEqual(dead);
  const shipped = index.trees.reduce((sum, tree) => sum + tree.facts.contentBytes, 0);
  expect(shipped).toBe(new SquashView(index).sizeBytes[0]! + report.total);
});
