// A layer made of a directory, applied again, is that directory; and the same directory makes the same bytes.
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { applyLayer } from '../../src/layer/apply.ts';
import { readDirectory } from '../../src/layer/make.ts';
import { writeTar } from '../../src/layer/tar-writer.ts';
import { type Layer, Sandbox, treeOf } from './apply-fixtures.ts';

let source: Sandbox;
let copy: Sandbox;
beforeEach(() => {
  source = new Sandbox();
  copy = new Sandbox();
});
afterEach(() => {
  source.remove();
  copy.remove();
});

const LAYER: Layer = {
  'etc/': { mode: 0o750 },
  'etc/conf': { content: 'a = 1\n', mode: 0o640, nanos: 123_000_000 },
  'bin/tool': { content: '#!/bin/sh\n', mode: 0o4755 },
  'bin/again': { type: 'hardlink', link: 'bin/tool' },
  link: { link: 'bin/tool' },
  dangling: { link: '../nowhere' },
  'empty/': {},
  'caf\xe9': 'no UTF-8',
  [`${'deep/'.repeat(60)}file`]: 'x',
  pipe: { type: 'fifo', mode: 0o600 },
  big: 'z'.repeat(1_000_000),
};

async function bytesOf(root: string): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of writeTar(readDirectory(root))) chunks.push(chunk);
  return Buffer.concat(chunks);
}

test('applied again it is the same tree, times and owners included', async () => {
  await source.apply(LAYER);
  await applyLayer(writeTar(readDirectory(source.root)), copy.root);
  const everything = { times: true, owners: true };
  expect(treeOf(copy.root, everything)).toEqual(treeOf(source.root, everything));
  expect(treeOf(copy.root)).toContain('bin/tool = bin/again');
});

test('the order in which files were made does not show', async () => {
  const folders: Layer = { './': {}, 'd/': {} };
  await source.apply({ ...folders, a: '1', b: '2', 'd/x': '3' });
  await copy.apply({ 'd/x': '3', b: '2', a: '1', ...folders });
  expect(await bytesOf(copy.root)).toEqual(await bytesOf(source.root));
});

test('links are copied and never followed, sockets are left out and told', async () => {
  mkdirSync(join(source.root, 'd'));
  symlinkSync(source.canary, join(source.root, 'd', 'out'));
  writeFileSync(join(source.root, 'd', 'file'), 'in');
  const server = createServer().listen(join(source.root, 'd', 'socket'));
  await new Promise((ready) => server.once('listening', ready));
  const warnings: string[] = [];
  const paths: string[] = [];
  for await (const { header } of readDirectory(source.root, { onWarning: (line) => warnings.push(line) })) {
    paths.push(Buffer.from(header.path).toString());
  }
  server.close();
  expect(paths).toEqual(['', 'd', 'd/file', 'd/out']);
  expect(warnings).toEqual([expect.stringContaining('d/socket')]);
});

test('a cancelled reading stops at the next entry', async () => {
  await source.apply(LAYER);
  const stopped = new AbortController();
  const entries = readDirectory(source.root, { signal: stopped.signal });
  await entries.next();
  stopped.abort();
  await expect(entries.next()).rejects.toMatchObject({ code: 'cancelled' });
});
