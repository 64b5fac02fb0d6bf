import { describe, expect, test } from 'vitest';
import { type UnpackPlan, isEmptyPlan, unpackPlan } from '../../src/snapshot/unpack-plan.ts';
import { type LayerSpec, stack } from '../support/layers.ts';

const EMPTY: UnpackPlan = { needless: [], implied: [], rootNames: [], links: [] };
const usual = { mode: 0o755, uid: 0, gid: 0, mtimeSeconds: 0, mtimeNanos: 0, xattrs: [] };
const opaque = { xattrs: { 'trusted.overlay.opaque': 'y' } };

const CASES: readonly (readonly [what: string, plan: Partial<UnpackPlan>, layers: readonly LayerSpec[]])[] = [
  ['nothing for a base layer', {}, [{ 'd/': { mode: 0o700 }, 'd/a': 'a' }]],
  [
    'nothing for entries and whiteouts of what is there',
    {},
    [
      { 'd/': {}, 'd/a': 'a' },
      { 'd/': {}, 'd/.wh.a': '', 'd/b': 'b' },
    ],
  ],
  [
    'whiteouts of what was never there',
    { needless: ['x', 'd/y'] },
    [{ 'd/': {} }, { '.wh.x': '', 'd/': {}, 'd/.wh.y': '' }],
  ],
  [
    'whiteouts of what was removed before',
    { needless: ['a'] },
    [{ a: 'a' }, { '.wh.a': '' }, { '.wh.a': '' }],
  ],
  ['whiteouts of a base layer', { needless: ['a'] }, [{ '.wh.a': '' }]],
  [
    'no whiteouts in directories that are opaque anyway',
    {},
    [{ 'd/': {} }, { 'd/': {}, 'd/.wh..wh..opq': '', 'd/.wh.y': '', 'd/e/.wh.z': '' }],
  ],
  [
    'no whiteouts in directories that replace others',
    {},
    [{ 'd/': {} }, { '.wh.d': '', 'd/': {}, 'd/.wh.y': '' }],
  ],
  [
    'directories that lower layers describe',
    {
      implied: [
        { ...usual, path: 'd', mode: 0o700, uid: 5 },
        { ...usual, path: 'd/e', mtimeSeconds: 9 },
      ],
    },
    [{ 'd/': { mode: 0o700, uid: 5 }, 'd/e/': { mtime: 9 } }, { 'd/e/f': 'f' }],
  ],
  [
    'attributes of such directories',
    { implied: [{ ...usual, path: 'd', xattrs: [['user.a', 'Yg==']] }] },
    [{ 'd/': { xattrs: { 'user.a': 'b' } } }, { 'd/e': 'e' }],
  ],
  [
    'the newest description',
    { implied: [{ ...usual, path: 'd', mode: 0o711 }] },
    [{ 'd/': { mode: 0o700 } }, { 'd/': { mode: 0o711 } }, {}, { 'd/f': 'f' }],
  ],
  ['no directory that is as implied ones are', {}, [{ 'd/': {} }, { 'd/e': 'e' }]],
  [
    'no directory that was removed or is replaced',
    {},
    [
      { 'd/': { mode: 0o700 }, 'e/': { mode: 0o700 } },
      { '.wh.d': '' },
      { 'd/n': 'n', '.wh.e': '', 'e/n': 'n' },
    ],
  ],
  [
    'no directory in one that is opaque',
    {},
    [
      { 'd/': {}, 'd/e/': { mode: 0o700 } },
      { 'd/': opaque, 'd/e/n': 'n' },
    ],
  ],
  [
    'an opaque directory that only lower layers describe',
    { implied: [{ ...usual, path: 'd', mode: 0o700 }] },
    [{ 'd/': { mode: 0o700 } }, { 'd/.wh..wh..opq': '' }],
  ],
  [
    'a root that is no ordinary one',
    { implied: [{ ...usual, path: '', mode: 0o700 }] },
    [{ '/': { mode: 0o700 } }, { a: 'a' }],
  ],
  ['no ordinary root, whatever its time', {}, [{ '/': { mtime: 77 } }, { a: 'a' }]],
  [
    'names that an opaque root hides',
    { rootNames: ['a', 'd'] },
    [{ a: 'a', 'd/': {}, gone: 'g' }, { '.wh.gone': '' }, { '.wh..wh..opq': '', 'd/': {} }],
  ],
  [
    'hard links into lower layers, each target once',
    { links: [{ target: 'd/a', layer: 0, path: 'd/a' }] },
    [
      { 'd/': {}, 'd/a': 'a' },
      { b: { type: 'hardlink', link: 'd/a' }, c: { type: 'hardlink', link: 'd/a' } },
    ],
  ],
  [
    'hard links to hard links',
    { links: [{ target: 'b', layer: 0, path: 'a' }] },
    [{ a: 'a' }, { b: { type: 'hardlink', link: 'a' } }, { c: { type: 'hardlink', link: 'b' } }],
  ],
  ['no hard links within a layer', {}, [{}, { a: 'a', b: { type: 'hardlink', link: 'a' } }]],
  [
    'no hard links to nothing or to directories',
    {},
    [{ 'd/': {} }, { b: { type: 'hardlink', link: 'no' }, c: { type: 'hardlink', link: 'd' } }],
  ],
];

describe('the plan of the top layer has', () => {
  test.each(CASES)('%s', (_, expected, layers) => {
    const index = stack(...layers);
    const plan = unpackPlan(index, layers.length - 1);
    expect(plan).toEqual({ ...EMPTY, ...expected });
    expect(JSON.parse(JSON.stringify(plan))).toEqual(plan);
    expect(isEmptyPlan(plan)).toBe(Object.keys(expected).length === 0);
  });

  test('an end: layers that depend on those below in too many places are refused', () => {
    const deep = `${'x/'.repeat(200)}${'y'.repeat(200)}/`;
    const many = Array.from({ length: 120_000 }, (_, index) => [`${deep}.wh.${index}`, ''] as const);
    const index = stack({}, many);
    expect(() => unpackPlan(index, 1)).toThrow(expect.objectContaining({ code: 'limit-exceeded' }));
  });
});
