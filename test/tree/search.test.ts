// What a filter line finds.
import { describe, expect, test } from 'vitest';
import { allPaths, parseQuery, searchPaths } from '../../src/tree/search.ts';
import { stack } from '../support/layers.ts';

const FILES = [
  'README.md',
  'etc/passwd',
  'etc/nginx/nginx.conf',
  'etc/nginx/conf.d/default.conf',
  'usr/lib/libssl.so.3',
  'usr/lib/libssl.so',
  'usr/share/doc/a (1).txt',
  '.hidden/file',
  'var/log/caf\xc3\xa9.log',
];
const INDEX = stack(Object.fromEntries(FILES.map((name) => [name, ''])), { 'etc/.wh.passwd': '' });
const PATHS = allPaths(INDEX);

function found(query: string): string[] {
  return Array.from(searchPaths(PATHS, parseQuery(query)), (node) => PATHS[node]!);
}

describe('a substring', () => {
  test.each<[string, string[]]>([
    ['nginx.conf', ['/etc/nginx/nginx.conf']],
    ['readme', ['/README.md']],
    ['README', ['/README.md']],
    ['Readme', []],
    ['conf.d/', ['/etc/nginx/conf.d/default.conf']],
    ['(1)', ['/usr/share/doc/a (1).txt']],
    ['caf\u00e9', ['/var/log/caf\u00e9.log']],
    ['.so.', ['/usr/lib/libssl.so.3']],
    ['/nowhere', []],
  ])('%s', (query, paths) => {
    expect(found(query)).toEqual(paths);
  });

  test('of nothing finds all but the root', () => {
    expect(found('')).toHaveLength(INDEX.count - 1);
  });

  test('finds what a layer took away, for it is in the stack', () => {
    expect(found('passwd')).toEqual(['/etc/passwd']);
  });
});

describe('a glob', () => {
  test.each<[string, string[]]>([
    ['*.conf', ['/etc/nginx/nginx.conf', '/etc/nginx/conf.d/default.conf']],
    ['lib*.so', ['/usr/lib/libssl.so']],
    ['libssl.so{,.3}', ['/usr/lib/libssl.so', '/usr/lib/libssl.so.3']],
    ['etc/*', ['/etc/nginx', '/etc/passwd']],
    ['/etc/*/*', ['/etc/nginx/conf.d', '/etc/nginx/nginx.conf']],
    ['/etc/**/*.conf', ['/etc/nginx/nginx.conf', '/etc/nginx/conf.d/default.conf']],
    ['**/doc/*', ['/usr/share/doc/a (1).txt']],
    ['[eu]*', ['/etc', '/usr']],
    ['.h*', ['/.hidden']],
    ['REA*', ['/README.md']],
    ['!etc*', []],
  ])('%s', (query, paths) => {
    expect(found(query)).toEqual(paths);
  });
});

describe('a regular expression', () => {
  test.each<[string, string[]]>([
    ['re:\\.so(\\.\\d+)?$', ['/usr/lib/libssl.so', '/usr/lib/libssl.so.3']],
    ['re:^/etc/[^/]+$', ['/etc/nginx', '/etc/passwd']],
    ['re:caf.\\.log', ['/var/log/caf\u00e9.log']],
  ])('%s', (query, paths) => {
    expect(found(query)).toEqual(paths);
  });

  test.each(['re:(', 're:[z-a]', 're:\\', 're:a{2,1}', 're:(?<n>a)(?<n>b)\\k<x>'])(
    '%s is refused',
    (query) => {
      expect(() => found(query)).toThrow(expect.objectContaining({ code: 'invalid-argument' }));
    },
  );

  test('that is refused is safe to show', () => {
    expect(() => found('re:(\x1b[2J\x9b\u202e')).toThrow(/^[\x20-\x7e\u2026]+$/);
  });
});

describe('fuzzy', () => {
  test.each<[string, string]>([
    ['~nginxconf', '/etc/nginx/nginx.conf'],
    ['~libssl3', '/usr/lib/libssl.so.3'],
  ])('%s finds %s', (query, path) => {
    expect(found(query)).toContain(path);
  });

  test('nodes come in the order of the tree', () => {
    const nodes = [...searchPaths(PATHS, parseQuery('~e'))];
    expect(nodes.length).toBeGreaterThan(1);
    expect(nodes).toEqual(nodes.toSorted((a, b) => a - b));
  });
});

test('a query of more than a thousand characters is refused', () => {
  for (const query of ['x'.repeat(1001), `re:${'x'.repeat(1001)}`, `${'*'.repeat(1001)}`])
    expect(() => found(query)).toThrow(expect.objectContaining({ code: 'invalid-argument' }));
});

test('paths of trees that are thousands of levels deep are put together', () => {
  const deep = Array.from({ length: 3000 }, () => 'd').join('/');
  const paths = allPaths(stack({ [deep]: '' }));
  expect(paths.at(-1)).toBe(`/${deep}`);
});
