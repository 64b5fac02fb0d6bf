import { describe, expect, test } from 'vitest';
import { Cause, Reason, type StackIndex, Status } from '../../src/tree/stack-index.ts';
import { SquashView } from '../../src/tree/squash-view.ts';
import { type LayerSpec, changesOf, layer, pathText, stack } from '../support/layers.ts';

/** Visible paths through layer `upto`, directories with a slash. */
function visible(index: StackIndex, upto = index.layerCount - 1): string[] {
  const view = new SquashView(index, upto);
  const paths: string[] = [];
  for (let node = 1; node < index.count; node++) {
    if (view.has(node)) paths.push(pathText(index, node) + (view.isDirectory(node) ? '/' : ''));
  }
  return paths.sort();
}

function change(
  index: StackIndex,
  layer: number,
  path: string,
): { status: number; reason: number; cause: number } {
  const node = index.find(Buffer.from(path));
  const at = index.changeOf(layer, node);
  const { status, reason, cause } = index.changes(layer);
  return { status: status[at]!, reason: reason[at]!, cause: cause[at]! };
}

describe('layers on layers', () => {
  const cases: [name: string, layers: LayerSpec[], changes: string[], shown: string[]][] = [
    ['a file is added', [{ a: '1' }, { b: '2' }], ['A /b'], ['/a', '/b']],
    ['a file is changed', [{ a: '1' }, { a: '22' }], ['M /a'], ['/a']],
    ['a file is removed', [{ 'd/a': '1', 'd/b': '1' }, { 'd/.wh.a': '' }], ['D /d/a'], ['/d/', '/d/b']],
    [
      'a directory goes with all below',
      [{ 'd/e/a': '1', 'd/b': '1' }, { '.wh.d': '' }],
      ['D /d', 'D /d/b', 'D /d/e', 'D /d/e/a'],
      [],
    ],
    [
      'a whiteout of nothing changes nothing',
      [{ a: '1' }, { '.wh.x': '', 'q/.wh.y': '' }],
      ['A /q'],
      ['/a', '/q/'],
    ],
    [
      'a whiteout after a write of the same layer hides only what is below',
      [{ a: '1' }, { a: '2', '.wh.a': '' }],
      ['M /a'],
      ['/a'],
    ],
    [
      'a whiteout before a write of the same layer',
      [{ 'd/a': '1' }, { '.wh.d': '', 'd/b': '2' }],
      ['= /d', 'D /d/a', 'A /d/b'],
      ['/d/', '/d/b'],
    ],
    [
      'an opaque directory hides what is below, not its own',
      [
        { 'd/a': '1', 'd/b': '1' },
        { 'd/': {}, 'd/.wh..wh..opq': '', 'd/b': '2', 'd/c': '3' },
      ],
      ['= /d', 'D /d/a', 'M /d/b', 'A /d/c'],
      ['/d/', '/d/b', '/d/c'],
    ],
    [
      'an opaque mark after the entries',
      [{ 'd/a': '1' }, { 'd/c': '3', 'd/.wh..wh..opq': '' }],
      ['D /d/a', 'A /d/c'],
      ['/d/', '/d/c'],
    ],
    [
      'opaque in a new directory hides nothing',
      [{ a: '1' }, { 'd/': {}, 'd/.wh..wh..opq': '', 'd/x': '' }],
      ['A /d', 'A /d/x'],
      ['/a', '/d/', '/d/x'],
    ],
    ['a directory becomes a file', [{ 'd/a': '1' }, { d: 'file' }], ['M /d', 'D /d/a'], ['/d']],
    [
      'a file becomes a directory',
      [{ d: 'file' }, { 'd/': {}, 'd/a': '1' }],
      ['M /d', 'A /d/a'],
      ['/d/', '/d/a'],
    ],
    [
      'a file becomes a directory that no entry names',
      [{ d: 'file' }, { 'd/a': '1' }],
      ['M /d', 'A /d/a'],
      ['/d/', '/d/a'],
    ],
    ['a symlink is retargeted', [{ l: { link: 'a' } }, { l: { link: 'b' } }], ['M /l'], ['/l']],
    [
      'missing parents are implied',
      [{ 'a/b/c': '1' }],
      ['A /a', 'A /a/b', 'A /a/b/c'],
      ['/a/', '/a/b/', '/a/b/c'],
    ],
    [
      'an implied directory leaves the lower one alone',
      [{ 'd/': { mode: 0o700 } }, { 'd/a': '1' }],
      ['A /d/a'],
      ['/d/', '/d/a'],
    ],
    ['the last of two entries counts', [{ a: 'first', b: '' }, { a: '1' }], ['M /a'], ['/a', '/b']],
    [
      'a file that becomes a directory in its layer hides the lower directory',
      [{ 'd/a': '1' }, { d: 'file', 'd/': {} }],
      ['= /d', 'D /d/a'],
      ['/d/'],
    ],
    [
      'so does one that becomes a directory that no entry names',
      [{ 'd/a': '1' }, { d: 'file', 'd/b': '' }],
      ['= /d', 'D /d/a', 'A /d/b'],
      ['/d/', '/d/b'],
    ],
    [
      'an opaque directory that becomes a file and a directory again',
      [{ 'd/a': '1' }, { 'd/.wh..wh..opq': '', d: 'file', 'd/b': '' }, { 'd/c': '' }],
      ['A /d/c'],
      ['/d/', '/d/b', '/d/c'],
    ],
    [
      'whiteouts of nothing, of . and of .., and names that only look like marks',
      [{ a: '1' }, { '.wh.': '', '.wh..': '', '.wh...': '', '.wh....': '', '.wh': '', '.w': '' }],
      ['A /.w', 'A /.wh'],
      ['/.w', '/.wh', '/a'],
    ],
    [
      'bookkeeping of AUFS, and what lies in it',
      [
        { a: '1' },
        { '.wh..wh.aufs': '', '.wh..wh.plnk/': {}, '.wh..wh.plnk/1.2': 'x', 'd/.wh..wh.orph/y/z': '' },
      ],
      [],
      ['/a'],
    ],
    [
      'a path below a whiteout, which is a directory of that name',
      [{ 'd/a': '1' }, { '.wh.d/b': 'x' }],
      ['A /.wh.d', 'A /.wh.d/b'],
      ['/.wh.d/', '/.wh.d/b', '/d/', '/d/a'],
    ],
    ['a root that is a file is no entry', [{ a: '1' }, { '': 'root' }], [], ['/a']],
    ['a whiteout of the root is none', [{ a: '1' }, { '': { type: 'char', device: [0, 0] } }], [], ['/a']],
    [
      'the overlay dialect',
      [
        { 'd/a': '1', b: '1' },
        { b: { type: 'char', device: [0, 0] }, 'd/': { xattrs: { 'trusted.overlay.opaque': 'y' } } },
      ],
      ['D /b', 'M /d', 'D /d/a'],
      ['/d/'],
    ],
  ];

  test.each(cases)('%s', (_, layers, changes, shown) => {
    const index = stack(...layers);
    expect(changesOf(index, layers.length - 1)).toEqual(changes);
    expect(visible(index)).toEqual(shown);
  });

  test('a directory replaced by a file and back again', () => {
    const index = stack({ 'd/a': '1' }, { d: 'x' }, { 'd/': {}, 'd/b': '2' });
    expect(visible(index, 0)).toEqual(['/d/', '/d/a']);
    expect(visible(index, 1)).toEqual(['/d']);
    expect(visible(index, 2)).toEqual(['/d/', '/d/b']);
  });

  test('a removed path may come back', () => {
    const index = stack({ a: '1' }, { '.wh.a': '' }, { a: '1' });
    expect(changesOf(index, 2)).toEqual(['A /a']);
    expect(index.versionsOf(index.find(Buffer.from('a')))).toHaveLength(3);
  });

  test('names that are not UTF-8 stay what they are', () => {
    const index = stack({ 'caf\xe9': '1', cafe: '1' }, { '.wh.caf\xe9': '' });
    expect(visible(index)).toEqual(['/cafe']);
  });

  test('a stack of nothing has a root', () => {
    expect(stack().count).toBe(1);
    expect(new SquashView(stack()).upto).toBe(-1);
  });
});

describe('why a path counts as modified', () => {
  const base = { f: { content: 'same', mode: 0o644, mtime: 1 } };
  test.each<[string, LayerSpec, number]>([
    ['content', { f: { content: 'else', mtime: 1 } }, Reason.content],
    ['size', { f: { content: 'longer', mtime: 1 } }, Reason.content],
    ['mode', { f: { content: 'same', mode: 0o600, mtime: 1 } }, Reason.mode],
    ['owner', { f: { content: 'same', uid: 5, mtime: 1 } }, Reason.owner],
    ['group', { f: { content: 'same', gid: 5, mtime: 1 } }, Reason.owner],
    ['mtime', { f: { content: 'same', mtime: 2 } }, Reason.mtime],
    ['xattr', { f: { content: 'same', mtime: 1, xattrs: { 'user.a': 'b' } } }, Reason.xattr],
    ['type', { f: { link: 'x', mode: 0o644, mtime: 1 } }, Reason.type],
    [
      'several',
      { f: { content: 'else', mode: 0o600, mtime: 2 } },
      Reason.content | Reason.mode | Reason.mtime,
    ],
    ['unknown content', { f: { content: 'else', mtime: 1, unhashed: true } }, Reason.contentUnknown],
  ])('%s', (_, upper, reason) => {
    expect(change(stack(base, upper), 1, 'f')).toMatchObject({ status: Status.modified, reason });
  });

  test('an entry that is the same is listed as unchanged', () => {
    expect(change(stack(base, base), 1, 'f')).toMatchObject({ status: Status.unchanged, reason: 0 });
  });

  test.each<[string, LayerSpec, string, number]>([
    ['whiteout', { '.wh.d': '' }, 'd/a', Cause.whiteout],
    ['opaque', { 'd/.wh..wh..opq': '' }, 'd/a', Cause.opaque],
    ['replaced', { d: 'file' }, 'd/a', Cause.replaced],
    ['overwritten', { 'd/a': '2' }, 'd/a', Cause.overwritten],
    ['overwritten behind an opaque mark', { 'd/.wh..wh..opq': '', 'd/a': '2' }, 'd/a', Cause.overwritten],
  ])('cause: %s', (_, upper, path, cause) => {
    expect(change(stack({ 'd/a': '1' }, upper), 1, path).cause).toBe(cause);
  });
});

describe('hard links', () => {
  const linked = {
    a: '12345',
    b: { type: 'hardlink', link: 'a' },
    c: { type: 'hardlink', link: 'a' },
  } as const;

  test('an inode counts once', () => {
    const index = stack(linked);
    expect(index.trees[0]!.facts.contentBytes).toBe(5);
    expect(new SquashView(index).sizeBytes[0]).toBe(5);
  });

  test('bytes stay while a name is left, and go with the last', () => {
    const index = stack(linked, { '.wh.a': '' }, { '.wh.b': '', '.wh.c': '' });
    const view = new SquashView(index);
    const sizes = [0, 1, 2].map((upto) => (view.moveTo(upto), view.sizeBytes[0]));
    expect(sizes).toEqual([5, 5, 0]);
    view.moveTo(1);
    expect(view.sizeBytes[index.find(Buffer.from('b'))]).toBe(5);
  });

  test('the name that sorts first may be the link', () => {
    const index = stack({ b: '12345', a: { type: 'hardlink', link: 'b' } }, { '.wh.b': '' });
    expect(new SquashView(index, 0).sizeBytes[0]).toBe(5);
    expect(new SquashView(index, 1).sizeBytes[index.find(Buffer.from('a'))]).toBe(5);
  });

  test('an inode with several names may get more in a later layer', () => {
    const index = stack(linked, { b: { type: 'hardlink', link: 'c' }, d: { type: 'hardlink', link: 'a' } });
    expect(index.facts.linkGroups).toHaveLength(1);
    expect(new SquashView(index).sizeBytes[0]).toBe(5);
  });

  test('a link to a lower layer has the bytes of what it names', () => {
    const index = stack({ a: '12345' }, { b: { type: 'hardlink', link: 'a' } }, { '.wh.a': '' });
    const view = new SquashView(index);
    expect(view.sizeBytes[0]).toBe(5);
    expect(index.locateContent(view.version[index.find(Buffer.from('b'))]!).layer).toBe(0);
  });

  test.each<[string, LayerSpec]>([
    ['before it', { '.wh.a': '', z: { type: 'hardlink', link: 'a' } }],
    ['behind it', { z: { type: 'hardlink', link: 'a' }, '.wh.a': '' }],
    ['by a file of that name', { z: { type: 'hardlink', link: 'a' }, a: 'new' }],
    ['by a directory of that name', { z: { type: 'hardlink', link: 'a' }, 'a/b': '' }],
  ])('a link keeps a file of a lower layer that its own layer hides %s', (_, upper) => {
    const index = stack({ a: '12345' }, upper);
    const view = new SquashView(index);
    const z = index.find(Buffer.from('z'));
    expect(index.locateContent(view.version[z]!).layer).toBe(0);
    expect(view.sizeBytes[z]).toBe(5);
    expect(index.facts.warnings).toEqual([]);
  });

  test('a link of a file to itself changes nothing', () => {
    const twice = layer([
      ['a', '12345'],
      ['a', { type: 'hardlink', link: 'a' }],
    ]);
    expect(twice.facts.contentBytes).toBe(5);
    const index = stack({ a: '12345' }, { a: { type: 'hardlink', link: 'a' } });
    expect(changesOf(index, 1)).toEqual(['= /a']);
    expect(new SquashView(index).sizeBytes[0]).toBe(5);
  });

  test('many links to nothing are counted', () => {
    const links = Object.fromEntries(
      Array.from({ length: 150 }, (__, at) => [`l${at}`, { type: 'hardlink', link: 'gone' } as const]),
    );
    const { warnings } = stack(links).facts;
    expect(warnings).toHaveLength(101);
    expect(warnings.at(-1)).toBe('and 50 more');
  });

  test('a link to nothing is told, not fatal', () => {
    const index = stack({ b: { type: 'hardlink', link: 'gone' } });
    expect(index.facts.warnings).toHaveLength(1);
  });
});

test('moving a view back and forth gives what a fresh view gives', () => {
  const index = stack(
    { 'd/a': '1', 'd/b': '22', 'e/f/g': '333' },
    { '.wh.d': '', 'e/f/': { mode: 0o700 } },
    { 'd/c': '4444', 'e/f/g': '55555' },
    { 'e/.wh..wh..opq': '', 'e/x': '1' },
  );
  const moving = new SquashView(index);
  for (const upto of [0, 3, 1, 2, -1, 3, 0, 2]) {
    moving.moveTo(upto);
    const fresh = new SquashView(index, upto);
    expect(moving.version).toEqual(fresh.version);
    expect(moving.sizeBytes).toEqual(fresh.sizeBytes);
    expect(moving.files).toEqual(fresh.files);
  }
});
