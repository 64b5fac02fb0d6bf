// What is told when one moment follows another.
import { expect, test } from 'vitest';
import { liveEvents } from '../../src/snapshot/live-events.ts';
import { liveChanges } from '../../src/snapshot/live-changes.ts';
import type { LiveChange } from '../../src/snapshot/live-change.ts';
import { mergeLayers } from '../../src/tree/merge.ts';
import { type LayerSpec, layer } from '../support/layers.ts';

const TIME = '2024-05-01T10:00:00Z';
const base = layer({ 'etc/': {}, 'etc/conf': 'conf', 'etc/other': 'other', 'd/': {}, 'd/x': 'x' });

function changesOf(spec: LayerSpec): LiveChange[] {
  const live = { tree: layer(spec), changedBytes: new Map(), movedFrom: new Map() };
  return liveChanges(mergeLayers([base, live.tree]), live);
}

function eventsBetween(before: LayerSpec, after: LayerSpec): string[] {
  return liveEvents(changesOf(before), changesOf(after), TIME).map(
    ({ action, change }) => `${action} ${Buffer.from(change.path).toString()}`,
  );
}

test('what is new is told by what it is', () => {
  const after = { 'etc/': {}, 'etc/conf': 'more conf', 'etc/.wh.other': '', 'd/.wh..wh..opq': '', new: 'n' };
  expect(eventsBetween({}, { ...after, 'd/': {} })).toEqual([
    'opaque d',
    'add new',
    'copy-up etc/conf',
    'whiteout etc/other',
  ]);
});

test('a second write is no second copy-up', () => {
  expect(eventsBetween({ 'etc/conf': 'more' }, { 'etc/conf': 'more and more' })).toEqual(['write etc/conf']);
  expect(
    eventsBetween(
      { 'etc/conf': { content: 'more', mtime: 1 } },
      { 'etc/conf': { content: 'MORE', mtime: 2 } },
    ),
  ).toEqual(['write etc/conf']);
});

test('what holds still is not told of', () => {
  const same = { 'etc/conf': 'more', 'etc/.wh.other': '', 'new/': {} };
  expect(eventsBetween(same, { ...same, 'new/': { mtime: 9 } })).toEqual([]);
});

test('what leaves the R/W layer is undone, and comes first', () => {
  expect(eventsBetween({ new: 'n', 'etc/.wh.conf': '' }, { 'etc/conf': 'anew' })).toEqual([
    'undo new',
    'copy-up etc/conf',
  ]);
});

test('one thing that becomes another is told as what it became', () => {
  expect(eventsBetween({ 'etc/conf': 'more' }, { 'etc/.wh.conf': '' })).toEqual(['whiteout etc/conf']);
  expect(eventsBetween({ new: 'file' }, { 'new/': {} })).toEqual(['add new']);
});

test('every event has its time', () => {
  expect(liveEvents([], changesOf({ new: 'n' }), TIME)[0]!.time).toBe(TIME);
});
