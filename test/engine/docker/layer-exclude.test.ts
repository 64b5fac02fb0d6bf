import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { withoutPaths } from '../../../src/engine/docker/layer-exclude.ts';
import { mapTar } from '../../../src/engine/docker/map-tar.ts';
import { spoolLayer } from '../../../src/engine/docker/spooled-layer.ts';
import { scanLayerStream } from '../../../src/layer/scan.ts';
import { type TarMember, writeTar } from '../../../src/layer/tar-writer.ts';
import { readAll } from '../../../src/lib/streams.ts';
import { digestOf } from '../../../src/oci/digest.ts';
import { temporaryFolder } from '../../support/image-folder.ts';

function file(path: string, text: string): TarMember {
  const body = Buffer.from(text);
  return {
    header: { path: Buffer.from(path), type: 'file', mode: 0o644, sizeBytes: body.length },
    body: [body],
  };
}

function hardlink(path: string, linkname: string): TarMember {
  return {
    header: { path: Buffer.from(path), type: 'hardlink', mode: 0o644, linkname: Buffer.from(linkname) },
  };
}

function bytesOf(members: readonly TarMember[]): Promise<Buffer> {
  return readAll(writeTar(members), 1_000_000, 'tar');
}

async function entriesOf(tar: AsyncIterable<Uint8Array>): Promise<string[]> {
  const found: string[] = [];
  await scanLayerStream(Readable.from(tar), {
    hashFiles: false,
    onEntry: ({ path, type, sizeBytes, linkname, uid }) => {
      found.push(
        [Buffer.from(path).toString(), type, sizeBytes, Buffer.from(linkname).toString(), uid]
          .join(' ')
          .trim(),
      );
    },
  });
  return found;
}

describe('a layer without some paths', () => {
  test('has no whiteouts of them, and files that were linked to them', async () => {
    const data = await bytesOf([
      file('a', 'content'),
      file('ab', 'stays'),
      hardlink('b', 'a'),
      hardlink('c', 'a'),
      file('.wh.gone', ''),
      file('dir/x', 'x'),
      file('.wh.kept', ''),
    ]);
    const path = join(temporaryFolder(), 'layer.tar');
    writeFileSync(path, data);
    const layer = { path, sizeBytes: data.length, remove: () => Promise.resolve() };
    const exclude = ['a', 'gone', 'dir'].map((name) => Buffer.from(name));
    expect(await entriesOf(withoutPaths(layer, exclude))).toEqual([
      'ab file 5  0',
      'b file 7  0',
      'c hardlink 0 b 0',
      '.wh.kept file 0  0',
    ]);
  });
});

describe('the layer that is meant', () => {
  const one = bytesOf([file('one', '1')]);
  const two = bytesOf([file('two', '22')]);

  test('is known by its bytes, whatever it is called', async () => {
    const archive = await bytesOf([
      file('x/layer.tar', (await one).toString('latin1')),
      file('y/layer.tar', (await two).toString('latin1')),
      file('manifest.json', '[]'),
    ]);
    const layer = await spoolLayer(Readable.from([archive]), digestOf(await two));
    expect(layer.sizeBytes).toBe((await two).length);
    await layer.remove();
  });

  test('is not made up', async () => {
    const archive = await bytesOf([file('x/layer.tar', 'other')]);
    const spooling = spoolLayer(Readable.from([archive]), digestOf(await one));
    await expect(spooling).rejects.toMatchObject({ code: 'not-found' });
  });
});

describe('a tar on its way', () => {
  test.each([7, 512, 100_000])('is changed however it is cut: %i bytes', async (bytes) => {
    const data = await bytesOf([file('a', 'x'.repeat(1000)), file('b', ''), file('c', 'c')]);
    const pieces = Array.from({ length: Math.ceil(data.length / bytes) }, (_, index) =>
      data.subarray(index * bytes, (index + 1) * bytes),
    );
    const changed = mapTar(Readable.from(pieces), (entry) =>
      Buffer.from(entry.path).toString() === 'c' ? undefined : { ...entry, uid: 7 },
    );
    expect(await entriesOf(changed)).toEqual(['a file 1000  7', 'b file 0  7']);
  });
});
