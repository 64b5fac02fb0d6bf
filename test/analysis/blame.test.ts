import { expect, test } from 'vitest';
import { touchesOf } from '../../src/analysis/blame.ts';
import { Reason, Status } from '../../src/tree/stack-index.ts';
import { type LayerSpec, stack } from '../support/layers.ts';

const { added, modified, removed, unchanged } = Status;

test.each<[string, LayerSpec[], unknown[]]>([
  ['never touched again', [{ a: '12' }, { b: '1' }], [[0, added, 0, 2]]],
  [
    'written, changed in two ways, removed, and back',
    [
      { a: '12' },
      { a: { content: '123', mode: 0o600 } },
      { a: { content: '123', mode: 0o600 } },
      { '.wh.a': '' },
      { a: '1' },
    ],
    [
      [0, added, 0, 2],
      [1, modified, Reason.content | Reason.mode, 3],
      [2, unchanged, 0, 3],
      [3, removed, 0, 3],
      [4, added, 0, 1],
    ],
  ],
  [
    'gone with its directory',
    [{ 'd/a': '12' }, { '.wh.d': '' }],
    [
      [0, added, 0, 2],
      [1, removed, 0, 2],
    ],
  ],
])('%s', (_, layers, touches) => {
  const index = stack(...layers);
  const node = index.find(Buffer.from(index.find(Buffer.from('a')) < 0 ? 'd/a' : 'a'));
  const found = touchesOf(index, node);
  expect(found.map(({ layer, status, reason, sizeBytes }) => [layer, status, reason, sizeBytes])).toEqual(
    touches,
  );
});

test('a hard link has the bytes of the file that it names', () => {
  const index = stack({ a: '12345' }, [['b', { type: 'hardlink', link: 'a' }]]);
  expect(touchesOf(index, index.find(Buffer.from('b')))).toMatchObject([{ layer: 1, sizeBytes: 5 }]);
});
