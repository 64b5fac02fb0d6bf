// Rows and details of the tags of a repository.
import { expect, test } from 'vitest';
import type { TagSummary } from '../../../src/app/registry-services.ts';
import type { Digest } from '../../../src/oci/digest.ts';
import { PhylloError } from '../../../src/lib/errors.ts';
import { type TagRowFacts, tagDetails, tagHeading, tagRow } from '../../../src/tui/present/tag-rows.ts';
import { makeTheme } from '../../../src/tui/theme/theme.ts';
import { displayWidth } from '../../../src/tui/width.ts';

const theme = makeTheme('none');
const digest = (letter: string): Digest => `sha256:${letter.repeat(64)}` as Digest;
const plain = (text: string): string => text.replace(/\x1b\[[0-9;]*m/g, '');
const amd64 = { os: 'linux', architecture: 'amd64' };

const SUMMARY: TagSummary = {
  name: 'web:1',
  digest: digest('d'),
  platforms: [amd64, { os: 'linux', architecture: 'arm64' }],
  image: {
    id: digest('a'),
    platform: amd64,
    created: '2026-11-20T00:00:00Z',
    layers: [
      { digest: digest('1'), diffID: digest('2'), sizeBytes: 1_000_000 },
      { digest: digest('3'), diffID: digest('4'), sizeBytes: 234_000 },
    ],
  },
};

function factsOf(more: Partial<TagRowFacts> = {}): TagRowFacts {
  return {
    tag: '1',
    fact: { kind: 'known', summary: SUMMARY },
    owner: undefined,
    isMarked: false,
    nowMs: Date.UTC(2026, 10, 25),
    ...more,
  };
}

test('a tag tells digest, platforms and size at 80 columns, its age where there is room', () => {
  const row = (width: number): string => plain(tagRow(factsOf(), { width, isCurrent: false }, theme));
  expect(row(78)).toMatch(/^ {2}1 +d{12} {2}linux\/amd64 \+1 +1\.234 MB +$/);
  expect(row(158)).toMatch(/linux\/amd64 \+1 +2 +1\.234 MB {2}5 days ago/);
});

test.each([60, 78, 98, 118, 158])('every row is %d columns wide and shows nothing unescaped', (width) => {
  const problem = new PhylloError('network', `read manifest \x1b[31m${'x'.repeat(200)}`);
  const rows = [
    tagHeading(width, theme),
    ...[
      factsOf(),
      factsOf({ tag: `\x1b[31m${'t'.repeat(200)}`, fact: { kind: 'waiting' } }),
      factsOf({ fact: { kind: 'failed', error: problem } }),
      factsOf({ fact: { kind: 'known', summary: { ...SUMMARY, platforms: [], image: undefined } } }),
    ].flatMap((facts) => [true, false].map((isCurrent) => tagRow(facts, { width, isCurrent }, theme))),
  ];
  for (const row of rows) {
    expect(displayWidth(row)).toBe(width);
    expect(plain(row)).not.toContain('\x1b');
  }
});

test('details tell what a pull would fetch, and what it would move', () => {
  const image = {
    id: digest('b'),
    digest: digest('c'),
    names: ['web:1'],
    created: undefined,
    platform: amd64,
    layers: [{ diffID: digest('2'), digest: digest('1'), instruction: '', sizeBytes: 1, compressedBytes: 1 }],
    sizeBytes: 1,
    sizeKnown: true,
    compressedBytes: 1,
    sharedBytes: 0,
    labels: {},
  };
  const text = plain(tagDetails(factsOf({ owner: image }), [image], 100, theme).join('\n'));
  expect(text).toMatch(/layers +2, 1 of them in the store/);
  expect(text).toMatch(/to fetch +234 kB \(234,000 bytes\)/);
  expect(text).toMatch(/in store +bbbbbbbbbbbb has this name; a pull would move it/);
});
