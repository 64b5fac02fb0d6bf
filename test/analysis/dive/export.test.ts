import { expect, test } from 'vitest';
import { diveJson } from '../../../src/analysis/dive/export.ts';
import { diveFigures } from '../../../src/analysis/dive/figures.ts';
import { stackRows } from '../../../src/oci/history.ts';
import { type LayerSpec, stack } from '../../support/layers.ts';

function exported(layers: LayerSpec[], history: string[]): string {
  const index = stack(...layers);
  const rows = stackRows(
    history.map((createdBy) => ({ createdBy, created: undefined, comment: 'c', emptyLayer: false })) as never,
    layers.length,
  );
  const diffIDs = layers.map((_, at) => `sha256:${at}`);
  return [...diveJson({ stack: index, rows, diffIDs }, diveFigures(index))].join('');
}

test('is written as Go writes it', () => {
  const layers: LayerSpec[] = [
    { 'a<b': '12345', 'b\xe9': { type: 'hardlink', link: 'a<b' } },
    [
      ['.wh.a<b', ''],
      ['d/f', { type: 'fifo', mode: 0o1600, uid: 7, gid: 8 }],
      ['dir/', { mode: 0o2755 }],
      ['l', { link: '../x', mode: 0o777 }],
    ],
  ];
  expect(exported(layers, ['/bin/sh -c #(nop) ADD & x', 'RUN y # buildkit'])).toBe(String.raw`{
  "layer": [
    {
      "index": 0,
      "id": "blobs",
      "digestId": "sha256:0",
      "sizeBytes": 5,
      "command": "#(nop) ADD \u0026 x",
      "fileList": [
        {
          "path": "a\u003cb",
          "typeFlag": 48,
          "linkName": "",
          "size": 5,
          "fileMode": 420,
          "uid": 0,
          "gid": 0,
          "isDir": false
        },
        {
          "path": "b${'\ufffd'}",
          "typeFlag": 49,
          "linkName": "a\u003cb",
          "size": 0,
          "fileMode": 420,
          "uid": 0,
          "gid": 0,
          "isDir": false
        }
      ]
    },
    {
      "index": 1,
      "id": "blobs",
      "digestId": "sha256:1",
      "sizeBytes": 0,
      "command": "RUN y # buildkit",
      "fileList": [
        {
          "path": ".wh.a\u003cb",
          "typeFlag": 48,
          "linkName": "",
          "size": 0,
          "fileMode": 0,
          "uid": 0,
          "gid": 0,
          "isDir": false
        },
        {
          "path": "d/f",
          "typeFlag": 54,
          "linkName": "",
          "size": 0,
          "fileMode": 34603392,
          "uid": 7,
          "gid": 8,
          "isDir": false
        },
        {
          "path": "",
          "typeFlag": 0,
          "linkName": "",
          "size": 0,
          "fileMode": 0,
          "uid": 0,
          "gid": 0,
          "isDir": false
        },
        {
          "path": "dir",
          "typeFlag": 53,
          "linkName": "",
          "size": 0,
          "fileMode": 2151678445,
          "uid": 0,
          "gid": 0,
          "isDir": true
        },
        {
          "path": "l",
          "typeFlag": 50,
          "linkName": "../x",
          "size": 0,
          "fileMode": 134218239,
          "uid": 0,
          "gid": 0,
          "isDir": false
        }
      ]
    }
  ],
  "image": {
    "sizeBytes": 5,
    "inefficientBytes": 5,
    "efficiencyScore": 0,
    "fileReference": [
      {
        "count": 2,
        "sizeBytes": 5,
        "file": "/a\u003cb"
      }
    ]
  }
}`);
});

test('layers that the history does not know', () => {
  const document = JSON.parse(exported([{ a: '1' }, { b: '1' }], ['RUN x'])) as {
    layer: { command: string; digestId: string }[];
  };
  expect(document.layer.map(({ command, digestId }) => [command, digestId])).toEqual([
    ['RUN x', 'sha256:0'],
    ['(missing)', ''],
  ]);
});

test('an image without layers', () => {
  expect(JSON.parse(exported([], []))).toEqual({
    layer: [],
    image: { sizeBytes: 0, inefficientBytes: 0, efficiencyScore: 1, fileReference: [] },
  });
});
