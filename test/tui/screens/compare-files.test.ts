// The list of files that differ: directories of one side as one row, however deep they are.
import { describe, expect, test } from 'vitest';
import { compareFiles } from '../../../src/analysis/compare-files.ts';
import { SquashView } from '../../../src/tree/squash-view.ts';
import { ComparedFiles, type FileListQuery } from '../../../src/tui/screens/compare/file-list.ts';
import { type LayerSpec, stack } from '../../support/layers.ts';

const QUERY: FileListQuery = {
  shown: [true, true, true, true],
  withTimes: false,
  filter: undefined,
  order: 'name',
  reversed: false,
  open: new Set(),
};

function between(a: LayerSpec, b: LayerSpec): ComparedFiles {
  return new ComparedFiles(compareFiles(new SquashView(stack(a)), new SquashView(stack(b)), 0));
}

function listed(files: ComparedFiles, query: Partial<FileListQuery> = {}): string[] {
  return files
    .rows({ ...QUERY, ...query })
    .map(({ index, level, isGroup }) => `${'  '.repeat(level)}${files.path(index)}${isGroup ? ' +' : ''}`);
}

const everything = new Set(Array.from({ length: 20_000 }, (_, index) => index));

describe('the list', () => {
  test('puts together only what one side alone has', () => {
    const files = between(
      { 'gone/a': '1', 'gone/sub/b': '1', 'both/x': '1', 'file/': {} },
      { 'both/x': '22', 'both/new/c': '1', 'z/d': '1', file: '1' },
    );
    const closed = ['/both/new +', '/both/x', '/file', '/gone +', '/z +'];
    expect(listed(files)).toEqual(closed);
    expect(listed(files, { open: everything })).toEqual([
      '/both/new +',
      '  /both/new/c',
      '/both/x',
      '/file',
      '/gone +',
      '  /gone/a',
      '  /gone/sub +',
      '    /gone/sub/b',
      '/z +',
      '  /z/d',
    ]);
    expect(listed(files, { reversed: true })).toEqual(closed.toReversed());
  });

  test('a directory that follows one of the other side is not in it', () => {
    const files = between({ 'a/x': '1' }, { 'b/y': '1', 'c/deep/z': '1' });
    expect(listed(files)).toEqual(['/a +', '/b +', '/c +']);
  });

  test('size puts what weighs most first, at every level', () => {
    const files = between({ x: '1' }, { x: '22', 'd/a': '1', 'd/b': '4444', e: '333' });
    expect(listed(files, { order: 'size', open: everything })).toEqual([
      '/d +',
      '  /d/b',
      '  /d/a',
      '/e',
      '/x',
    ]);
    expect(listed(files, { filter: 'd/' })).toEqual(['/d/a', '/d/b']);
  });

  test('thousands of levels are no trouble', () => {
    const files = between({}, { [`${'d/'.repeat(4000)}f`]: '1' });
    expect(listed(files)).toEqual(['/d +']);
    expect(files.rows({ ...QUERY, open: everything })).toHaveLength(4001);
  });
});
