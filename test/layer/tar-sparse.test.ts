// Sparse files in each of GNU's four forms.
import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { entry, headerBlock, padded, pax, readOne, readStream, tar } from '../support/layer-tar.ts';

describe('sparse files', () => {
  const DATA = 'AAAABBBB';
  const CHUNKS = [
    { offset: 1000, length: 4 },
    { offset: 5000, length: 4 },
  ];
  const SIZE = 10_000;
  const oldMap = (block: Buffer, pairs: readonly (readonly [number, number])[], at: number): void =>
    pairs.forEach(([offset, length], index) => {
      block.write(
        `${offset.toString(8).padStart(11, '0')}\0${length.toString(8).padStart(11, '0')}\0`,
        at + index * 24,
      );
    });
  const MAP = '2\n1000\n4\n5000\n4\n';
  const extension = Buffer.alloc(512);
  oldMap(
    extension,
    [
      [5000, 4],
      [SIZE, 0],
    ],
    0,
  );

  test.each<[string, Uint8Array[]]>([
    [
      'the old form',
      [
        entry({
          format: 'gnu',
          type: 'S',
          body: DATA,
          edit: (block) => {
            oldMap(
              block,
              [
                [1000, 4],
                [5000, 4],
              ],
              386,
            );
            block.write(SIZE.toString(8).padStart(11, '0'), 483);
          },
        }),
      ],
    ],
    [
      'the old form in two blocks',
      [
        headerBlock({
          format: 'gnu',
          type: 'S',
          body: DATA,
          edit: (block) => {
            oldMap(
              block,
              [
                [0, 0],
                [10, 0],
                [100, 0],
                [1000, 4],
              ],
              386,
            );
            block[482] = 1;
            block.write(SIZE.toString(8).padStart(11, '0'), 483);
          },
        }),
        extension,
        padded(Buffer.from(DATA)),
      ],
    ],
    [
      'PAX 0.0',
      [
        pax([
          ['GNU.sparse.size', String(SIZE)],
          ['GNU.sparse.numblocks', '2'],
          ['GNU.sparse.offset', '1000'],
          ['GNU.sparse.numbytes', '4'],
          ['GNU.sparse.offset', '5000'],
          ['GNU.sparse.numbytes', '4'],
        ]),
        entry({ body: DATA }),
      ],
    ],
    [
      'PAX 0.1',
      [
        pax({
          'GNU.sparse.size': String(SIZE),
          'GNU.sparse.numblocks': '2',
          'GNU.sparse.map': '1000,4,5000,4',
          'GNU.sparse.name': 'a',
        }),
        entry({ name: 'GNUSparseFile.1/a', body: DATA }),
      ],
    ],
    [
      'PAX 0.1 with its version',
      [
        pax({
          'GNU.sparse.major': '0',
          'GNU.sparse.minor': '1',
          'GNU.sparse.size': String(SIZE),
          'GNU.sparse.map': '1000,4,5000,4',
        }),
        entry({ body: DATA }),
      ],
    ],
    [
      'PAX 1.0',
      [
        pax({
          'GNU.sparse.major': '1',
          'GNU.sparse.minor': '0',
          'GNU.sparse.realsize': String(SIZE),
          'GNU.sparse.name': 'a',
        }),
        entry({
          name: 'GNUSparseFile.1/a',
          body: Buffer.concat([padded(Buffer.from(MAP)), Buffer.from(DATA)]),
        }),
      ],
    ],
  ])('%s', async (_, parts) => {
    expect(await readOne(...parts)).toMatchObject({
      path: 'a',
      sizeBytes: SIZE,
      storedBytes: 8,
      sparse: CHUNKS,
    });
    const content = Buffer.alloc(SIZE);
    content.write('AAAA', 1000);
    content.write('BBBB', 5000);
    const digest = createHash('sha256').update(content).digest('hex');
    for (const length of [100_000, 512, 3])
      expect((await readStream(tar(...parts), [length])).digests).toEqual([digest]);
  });

  test('a map of 1.0 over many blocks', async () => {
    const chunks = Array.from({ length: 500 }, (_, index) => [index * 100_000, 1]);
    const map = `500\n${chunks.flat().join('\n')}\n`;
    const read = await readOne(
      pax({ 'GNU.sparse.major': '1', 'GNU.sparse.minor': '0', 'GNU.sparse.realsize': '60000000' }),
      entry({ body: Buffer.concat([padded(Buffer.from(map)), Buffer.alloc(500, 'x')]) }),
    );
    expect(read['sparse']).toHaveLength(500);
    expect(read).toMatchObject({ storedBytes: 500, dataOffset: 512 * 3 + padded(Buffer.from(map)).length });
  });

  test('a file that is one hole', async () => {
    const records = { 'GNU.sparse.size': '4096', 'GNU.sparse.map': '4096,0' };
    expect(await readOne(pax(records), entry({}))).toMatchObject({
      sizeBytes: 4096,
      storedBytes: 0,
      sparse: [],
    });
  });

  test('records of a version that is not known are no map, and their name is none', async () => {
    const records = {
      'GNU.sparse.major': '2',
      'GNU.sparse.minor': '0',
      'GNU.sparse.name': 'other',
      'GNU.sparse.size': '9',
    };
    expect(await readOne(pax(records), entry({ body: 'x' }))).toMatchObject({ path: 'a', sizeBytes: 1 });
  });

  test('holes beyond a bound are not hashed, in one file or in many', async () => {
    const hole = (name: string, bytes: number): Buffer =>
      Buffer.concat([
        pax({ 'GNU.sparse.size': String(bytes), 'GNU.sparse.map': '0,1' }),
        entry({ name, body: 'x' }),
      ]);
    const many = Array.from({ length: 20 }, (_, index) => hole(String(index), 60 * 2 ** 20));
    const { digests } = await readStream(
      tar(hole('huge', 2 ** 50), ...many, entry({ name: 'last', body: 'x' })),
    );
    expect(digests[0]).toBeUndefined();
    expect(digests.filter((digest) => digest !== undefined)).toHaveLength(5);
    expect(digests.at(-1)).toBeDefined();
  });
});
