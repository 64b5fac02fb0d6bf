import { describe, expect, test } from 'vitest';
import {
  familiarName,
  familiarReference,
  formatReference,
  parseReference,
  withDefaultTag,
} from '../../src/oci/reference.ts';

const hex = 'a'.repeat(64);

describe('references are filled in as docker does', () => {
  test.each([
    ['nginx', 'docker.io/library/nginx', 'nginx'],
    ['nginx:1.27', 'docker.io/library/nginx:1.27', 'nginx:1.27'],
    ['org/app', 'docker.io/org/app', 'org/app'],
    ['docker.io/nginx', 'docker.io/library/nginx', 'nginx'],
    ['index.docker.io/library/nginx', 'docker.io/library/nginx', 'nginx'],
    ['docker.io/library/a/b', 'docker.io/library/a/b', 'library/a/b'],
    ['localhost/app', 'localhost/app', 'localhost/app'],
    ['localhost:5000/app:x', 'localhost:5000/app:x', 'localhost:5000/app:x'],
    ['quay.example/a/b/c:v1', 'quay.example/a/b/c:v1', 'quay.example/a/b/c:v1'],
    ['[::1]:5000/app', '[::1]:5000/app', '[::1]:5000/app'],
    ['UPPER/app', 'UPPER/app', 'UPPER/app'],
    [`app@sha256:${hex}`, `docker.io/library/app@sha256:${hex}`, `app@sha256:${hex}`],
    [`app:1@sha256:${hex}`, `docker.io/library/app:1@sha256:${hex}`, `app:1@sha256:${hex}`],
    ['a__b/c-_d'.replace('-_', '--'), 'docker.io/a__b/c--d', 'a__b/c--d'],
  ])('%s', (text, full, familiar) => {
    const reference = parseReference(text);
    expect(formatReference(reference)).toBe(full);
    expect(familiarReference(reference)).toBe(familiar);
    expect(formatReference(parseReference(full))).toBe(full);
  });

  test('latest is filled in only where neither tag nor digest is written', () => {
    expect(withDefaultTag(parseReference('a')).tag).toBe('latest');
    expect(withDefaultTag(parseReference('a:b')).tag).toBe('b');
    expect(withDefaultTag(parseReference(`a@sha256:${hex}`)).tag).toBeUndefined();
  });

  test('the repository column has no tag', () => {
    expect(familiarName(parseReference('nginx:1'))).toBe('nginx');
  });
});

describe('refused', () => {
  test.each([
    '',
    ':tag',
    'a:',
    'A',
    'a b',
    'a/',
    '/a',
    'a//b',
    'a..b',
    '-a',
    'a:-x',
    `a:${'t'.repeat(129)}`,
    'a@sha256:12',
    `a@sha256:${'A'.repeat(64)}`,
    hex,
    'host:99999999/a',
    'a\u001b[31m',
    'a\nb',
    '../x',
    `${'a'.repeat(256)}`,
  ])('%j', (text) => {
    expect(() => parseReference(text)).toThrow(expect.objectContaining({ code: 'invalid-reference' }));
  });

  test('text made to backtrack ends before the test times out', () => {
    for (const text of [`a:${'a.'.repeat(50_000)}!`, `${'a-'.repeat(50_000)}`, `${'a'.repeat(100_000)}@`]) {
      expect(() => parseReference(text)).toThrow(/reference|tag|name|digest/);
    }
  });
});
