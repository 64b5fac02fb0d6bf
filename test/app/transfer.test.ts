// Images in and out of the store: load, save, import, copy.
import { mkdirSync, readFileSync, readdirSync, statSync, writeFileSync, createReadStream } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { beforeAll, describe, expect, test } from 'vitest';
import { digestOf } from '../../src/oci/digest.ts';
import {
  ociImages,
  oldDockerArchive,
  tarOfMembers,
  writeArchive,
  writeDirectory,
} from '../support/image-archives.ts';
import { type BuiltImage, compressAs, imageOf } from '../support/image-build.ts';
import { contentsOf } from '../support/image-folder.ts';
import {
  type TestServices,
  codeOf,
  namesIn,
  servicesWith,
  smallImage,
  testServices,
} from '../support/image-services.ts';

const FORMATS = ['docker-archive', 'oci-archive', 'oci-dir'] as const;
let image: BuiltImage;

beforeAll(async () => {
  image = await smallImage();
});

function loaded(): Promise<TestServices> {
  return servicesWith(image);
}

describe('loading', () => {
  test.each(['plain', 'gzip', 'zstd'] as const)(
    'a %s archive comes from a stream, a byte at a time',
    async (form) => {
      const services = await testServices();
      const small = await imageOf([{ a: 'small' }]);
      const archive = await tarOfMembers(ociImages([{ image: small, names: ['app:1'] }]), form);
      const slow = Readable.from(
        (function* () {
          for (let at = 0; at < 16; at++) yield archive.subarray(at, at + 1);
          yield archive.subarray(16);
        })(),
      );
      expect(await services.transfer.load(slow)).toEqual([{ id: small.id, names: ['app:1'] }]);
      expect(readdirSync(join(services.root, 'tmp'))).toEqual([]);
    },
  );

  test('an artifact beside an image is left out', async () => {
    const services = await testServices();
    const signature = await imageOf([], 'gzip', { config: { rootfs: undefined } });
    const manifest = JSON.parse(signature.manifestData.toString()) as { config: { mediaType: string } };
    manifest.config.mediaType = 'application/vnd.example.signature+json';
    const data = Buffer.from(JSON.stringify(manifest));
    const artifact = {
      ...signature,
      manifestData: data,
      descriptor: { ...signature.descriptor, digest: digestOf(data), size: data.length },
    };
    const layout = writeDirectory(
      join(services.folder, 'layout'),
      ociImages([
        { image: artifact, names: ['sha256-1.sig'] },
        { image, names: ['app:1'] },
      ]),
    );
    expect((await services.transfer.load(layout)).map(({ id }) => id)).toEqual([image.id]);
    const alone = writeDirectory(
      join(services.folder, 'alone'),
      ociImages([{ image: artifact, names: ['s'] }]),
    );
    expect(await codeOf(services.transfer.load(alone))).toBe('unsupported');
  });

  test('an image without layers', async () => {
    const services = await testServices();
    const empty = await imageOf([], 'plain', { config: { rootfs: { type: 'layers' } } });
    const path = await writeArchive(
      join(services.folder, 'x.tar'),
      oldDockerArchive([{ image: empty, names: ['empty:1'] }]),
    );
    await services.transfer.load(path);
    const explored = await services.explore.open('empty:1');
    expect(explored.layers).toEqual([]);
    expect((await explored.stack).count).toBe(1);
    await explored.close();
  });
});

describe('saving', () => {
  test.each(FORMATS)('as %s and loading again keeps image ID and diffIDs', async (format) => {
    const services = await loaded();
    const path = join(services.folder, 'saved');
    await services.transfer.save(['app:1'], path, { format });
    const other = await testServices();
    expect(await other.transfer.load(path)).toEqual([{ id: image.id, names: ['app:1'] }]);
    const { image: found } = await other.images.get('app:1');
    expect(found.config.diffIDs).toEqual(image.layers.map(({ diffID }) => diffID));
    expect(found.descriptor.digest === image.descriptor.digest).toBe(format !== 'docker-archive');
  });

  test.each(FORMATS)('twice as %s gives the same bytes', async (format) => {
    const services = await loaded();
    for (const name of ['a', 'b']) {
      mkdirSync(join(services.folder, name));
      await services.transfer.save(['app:1'], join(services.folder, name, 'saved'), { format });
    }
    expect(contentsOf(join(services.folder, 'a'))).toEqual(contentsOf(join(services.folder, 'b')));
  });

  test('goes out under the name that was asked for, by ID under all', async () => {
    const services = await loaded();
    await services.images.tag('app:1', 'a');
    const namesOf = async (asked: string): Promise<string[]> => {
      const path = join(services.folder, 'named.tar');
      await services.transfer.save([asked], path);
      const [entry] = JSON.parse(
        execFileSync('tar', ['-xOf', path, 'manifest.json'], { encoding: 'utf8' }),
      ) as [{ RepoTags: string[] }];
      return entry.RepoTags;
    };
    expect(await namesOf('a')).toEqual(['a:latest']);
    expect(await namesOf(image.id.slice(7, 15))).toEqual(['a:latest', 'app:1']);
  });

  test('replaces a file as a whole, and what a link names', async () => {
    const services = await loaded();
    const path = join(services.folder, 'out.tar');
    writeFileSync(path, 'old');
    execFileSync('ln', ['-s', 'out.tar', join(services.folder, 'link')]);
    await services.transfer.save(['app:1'], join(services.folder, 'link'));
    expect(statSync(path).size).toBeGreaterThan(1000);
    expect(readdirSync(services.folder).filter((name) => name.includes('.tmp'))).toEqual([]);
  });

  test('writes into what is no regular file instead of replacing it', async () => {
    const services = await loaded();
    const fifo = join(services.folder, 'fifo');
    execFileSync('mkfifo', [fifo]);
    const reading = createReadStream(fifo).toArray() as Promise<Buffer[]>;
    await services.transfer.save(['app:1'], fifo);
    expect(statSync(fifo).isFIFO()).toBe(true);
    const path = join(services.folder, 'read.tar');
    writeFileSync(path, Buffer.concat(await reading));
    expect((await (await testServices()).transfer.load(path))[0]!.id).toBe(image.id);
  });

  test('to a folder, or a layout to a stream, is refused', async () => {
    const services = await loaded();
    expect(await codeOf(services.transfer.save(['app:1'], services.folder))).toBe('invalid-argument');
    const toStream = services.transfer.save(['app:1'], new PassThrough(), { format: 'oci-dir' });
    expect(await codeOf(toStream)).toBe('invalid-argument');
  });

  test('an image that is not there leaves the old file as it is', async () => {
    const services = await loaded();
    const path = join(services.folder, 'out.tar');
    writeFileSync(path, 'old');
    expect(await codeOf(services.transfer.save(['app:1', 'gone:1'], path))).toBe('not-found');
    expect(readFileSync(path, 'utf8')).toBe('old');
    expect(readdirSync(services.folder).filter((name) => name.includes('.tmp'))).toEqual([]);
  });
});

describe('importing', () => {
  test.each(['plain', 'gzip', 'zstd frames'] as const)('a %s tar becomes the one layer', async (form) => {
    const services = await testServices();
    const { tar, diffID } = image.layers[0]!;
    const path = join(services.folder, 'rootfs');
    writeFileSync(path, compressAs(tar, form));
    const id = await services.transfer.import(path, 'mine', {
      message: 'by hand',
      changes: ['CMD ["/bin/sh"]', 'ENV A=b C="d e"', 'EXPOSE 80', 'WORKDIR /srv', 'LABEL x=y'],
    });
    const { summary, image: found } = await services.images.get('mine:latest');
    expect(summary.id).toBe(id);
    expect(found.config.diffIDs).toEqual([diffID]);
    expect(found.config.history[0]!.comment).toBe('by hand');
    expect(found.config.config).toMatchObject({
      cmd: ['/bin/sh'],
      env: ['A=b', 'C=d e'],
      exposedPorts: ['80/tcp'],
      workingDir: '/srv',
      labels: { x: 'y' },
    });
  });

  test.each([
    ['nothing', '', 'invalid-archive'],
    ['text', 'hello '.repeat(300), 'invalid-archive'],
    ['gzip that breaks off', compressAs(Buffer.alloc(9999), 'gzip').subarray(0, 20), 'invalid-archive'],
  ])('%s is refused and nothing is listed', async (_, data, code) => {
    const services = await testServices();
    const path = join(services.folder, 'rootfs');
    writeFileSync(path, data);
    expect(await codeOf(services.transfer.import(path, 'mine'))).toBe(code);
    expect(await codeOf(services.transfer.import(Readable.from([Buffer.from(data)]), 'mine'))).toBe(code);
    expect(await namesIn(services)).toEqual([]);
    expect(readdirSync(join(services.root, 'tmp'))).toEqual([]);
  });

  test('a change that is not understood is refused before anything is listed', async () => {
    const services = await testServices();
    const path = join(services.folder, 'rootfs');
    writeFileSync(path, image.layers[0]!.tar);
    const importing = services.transfer.import(path, 'mine', { changes: ['RUN rm -rf /'] });
    expect(await codeOf(importing)).toBe('invalid-argument');
    expect(await namesIn(services)).toEqual([]);
  });
});

describe('copying', () => {
  test('from any form to any other keeps the image', async () => {
    const services = await loaded();
    const { folder } = services;
    const steps = [
      ['app:1', `oci:${folder}/one:app:1`],
      [`oci:${folder}/one:app:1`, `docker-archive:${folder}/two.tar:app:2`],
      [`docker-archive:${folder}/two.tar:app:2`, `oci-archive:${folder}/three.tar:app:3`],
      [`oci-archive:${folder}/three.tar:@0`, 'app:4'],
    ] as const;
    for (const [from, to] of steps) await services.transfer.copy(from, to);
    expect((await services.images.get('app:4')).summary.id).toBe(image.id);
  });

  test('a path that is not there is told to be none', async () => {
    const services = await testServices();
    expect(await codeOf(services.transfer.copy('./missing.tar', 'app:1'))).toBe('not-found');
    expect(await codeOf(services.transfer.copy(`oci:${services.folder}/gone`, 'app:1'))).toBe(
      'invalid-image',
    );
  });

  test('a destination that looks like a file has to say its format', async () => {
    const services = await loaded();
    const saved = join(services.folder, 'saved.tar');
    for (const target of ['./out.tar', saved, 'out.tar'])
      expect(await codeOf(services.transfer.copy('app:1', target))).toBe('invalid-argument');
    expect(readdirSync(services.folder)).not.toContain('saved.tar');
  });

  test('what never was an archive is told what was expected', async () => {
    const services = await testServices();
    const text = join(services.folder, 'notes.txt');
    writeFileSync(text, 'not a tar at all\n'.repeat(100));
    await expect(services.transfer.load(text)).rejects.toMatchObject({
      code: 'invalid-archive',
      hint: expect.stringContaining('Expected an archive of docker save'),
    });
  });

  test('standard input without an image is named so', async () => {
    const services = await testServices();
    await expect(services.transfer.load(Readable.from([]))).rejects.toThrow(/standard input: it is empty/);
  });
});
