// The images of an engine as source and sink, with an engine in this process that answers as it is told.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { describe, expect, onTestFinished, test } from 'vitest';
import { readAll } from '../../src/lib/streams.ts';
import { digestOf } from '../../src/oci/digest.ts';
import { parseReference } from '../../src/oci/reference.ts';
import { copyImage } from '../../src/transport/copy.ts';
import { DockerDaemonSink } from '../../src/transport/docker-daemon-sink.ts';
import { DockerDaemonSource, type TemporaryFolder } from '../../src/transport/docker-daemon-source.ts';
import { openPath } from '../../src/transport/open-source.ts';
import type { ImageSource } from '../../src/transport/transport.ts';
import { type FakeEngine, fakeEngine } from '../support/docker-fake.ts';
import { oldDockerArchive, tarOfMembers, writeArchive } from '../support/image-archives.ts';
import { type BuiltImage, imageOf } from '../support/image-build.ts';
import { temporaryFolder } from '../support/image-folder.ts';
import { codeOf } from '../support/image-services.ts';

const IMAGE: Promise<BuiltImage> = imageOf(
  [{ 'etc/': {}, 'etc/os': 'one' }, { 'etc/os': { content: 'x'.repeat(200_000) } }],
  'plain',
);

interface Folders {
  readonly open: () => Promise<TemporaryFolder>;
  /** What lies in folders that were not released. */
  readonly left: () => string[];
}

function folders(): Folders {
  const root = temporaryFolder();
  let count = 0;
  return {
    open: () => {
      const directory = join(root, String(count++));
      mkdirSync(directory);
      const release = (): Promise<void> => Promise.resolve(rmSync(directory, { recursive: true }));
      return Promise.resolve({ directory, release });
    },
    left: () => readdirSync(root),
  };
}

type Answer = (url: string, response: ServerResponse, request: IncomingMessage) => void;

/** An engine with one image, whose archive is what `save` writes. */
async function engineWith(image: BuiltImage, save: Answer): Promise<FakeEngine> {
  const details = {
    Id: image.id,
    RepoTags: ['app:1', 'app:2'],
    Size: 1000,
    RootFS: { Layers: image.layers.map(({ diffID }) => diffID) },
  };
  return fakeEngine({
    answer: (request, response) => {
      const url = request.url!.replace(/^\/v[\d.]+/, '');
      if (url === '/images/json') return void response.end(JSON.stringify([details]));
      if (/^\/images\/(app%3A1|sha256%3A[0-9a-f]+)\/json$/.test(url))
        return void response.end(JSON.stringify(details));
      if (url.endsWith('/get')) return save(url, response, request);
      response.writeHead(404).end('{"message":"No such image"}');
    },
  });
}

function sourceOf({ client }: FakeEngine, { open }: Folders, signal?: AbortSignal): DockerDaemonSource {
  return new DockerDaemonSource(client, { openFolder: open, signal });
}

async function archiveOf(image: BuiltImage): Promise<Buffer> {
  return tarOfMembers(oldDockerArchive([{ image, names: [] }]));
}

describe('source', () => {
  test('an image is saved once, by its ID, and read in place', async () => {
    const image = await IMAGE;
    const archive = await archiveOf(image);
    const engine = await engineWith(image, (_url, response) => response.end(archive));
    const places = folders();
    const source = sourceOf(engine, places);
    const found = await source.resolve('app:1');
    expect(found.id).toBe(image.id);
    expect(found.names).toEqual(['app:1', 'app:2']);
    expect((await source.resolve()).id).toBe(image.id);
    const top = found.manifest.layers[1]!;
    expect(await readAll(await source.open(top), 1e6, 'layer')).toEqual(image.layers[1]!.tar);
    expect(await source.has(top)).toBe(true);
    expect(await source.has({ ...top, digest: digestOf('other') })).toBe(false);
    expect((await source.locate(top)).sizeBytes).toBe(top.size);
    const saved = engine.asked.filter((line) => line.endsWith('/get'));
    expect(saved).toEqual([`GET /v1.41/images/${encodeURIComponent(image.id)}/get`]);
    expect(places.left()).toHaveLength(1);
    await source.close();
    expect(places.left()).toEqual([]);
  });

  test('it lists what the engine has', async () => {
    const image = await IMAGE;
    const source = sourceOf(await engineWith(image, () => undefined), folders());
    expect(await source.list()).toEqual([{ names: ['app:1', 'app:2'], select: image.id }]);
  });

  test('with several images one has to be named, and their names are shown', async () => {
    const images = ['a', 'b'].map((hex, at) => ({
      Id: `sha256:${hex.repeat(64)}`,
      RepoTags: [`n${at}:\u001b[31m`],
    }));
    const { client } = await fakeEngine({
      answer: (_request, response) => void response.end(JSON.stringify(images)),
    });
    const source = new DockerDaemonSource(client, { openFolder: folders().open });
    await expect(source.resolve()).rejects.toMatchObject({
      code: 'ambiguous',
      hint: expect.not.stringContaining('\u001b') as string,
    });
    await expect(source.resolve()).rejects.toMatchObject({ hint: expect.stringContaining('n1:') as string });
  });

  test('what the engine does not have is not found', async () => {
    const source = sourceOf(await engineWith(await IMAGE, () => undefined), folders());
    expect(await codeOf(source.resolve('other'))).toBe('not-found');
  });

  test.each<[string, (archive: Buffer) => Answer, string]>([
    [
      'breaks off',
      (archive) => (_url, response) => {
        response.writeHead(200, { 'content-length': archive.length });
        response.write(archive.subarray(0, 5000), () => response.destroy());
      },
      'network',
    ],
    ['is no archive', () => (_url, response) => response.end('x'.repeat(2000)), 'invalid-archive'],
    ['is empty', () => (_url, response) => response.end(), 'invalid-archive'],
    ['fails', () => (_url, response) => response.writeHead(500).end('{"message":"no \\u001b[0m"}'), 'io'],
  ])('a stream that %s leaves nothing behind', async (_name, save, code) => {
    const image = await IMAGE;
    const places = folders();
    const source = sourceOf(await engineWith(image, save(await archiveOf(image))), places);
    expect(await codeOf(source.resolve('app:1'))).toBe(code);
    await source.close();
    expect(places.left()).toEqual([]);
  });

  test('it is stopped in the middle', async () => {
    const image = await IMAGE;
    const archive = await archiveOf(image);
    const stop = new AbortController();
    const engine = await engineWith(image, (_url, response) => {
      response.write(archive.subarray(0, 5000), () => stop.abort());
    });
    const places = folders();
    const source = sourceOf(engine, places, stop.signal);
    expect(await codeOf(source.resolve('app:1'))).toBe('cancelled');
    expect(places.left()).toEqual([]);
  });
});

describe('sink', () => {
  interface Loaded {
    readonly engine: FakeEngine;
    readonly bodies: Buffer[];
  }

  async function loading(answer: string, status = 200): Promise<Loaded> {
    const bodies: Buffer[] = [];
    const engine = await fakeEngine({
      answer: (request, response) => {
        readAll(request, 1e7, 'body').then(
          (body) => {
            bodies.push(body);
            response.writeHead(status).end(answer);
          },
          () => undefined,
        );
      },
    });
    return { engine, bodies };
  }

  async function openImage(form: 'plain' | 'gzip' = 'plain'): Promise<ImageSource> {
    const folder = temporaryFolder();
    const image = await imageOf([{ 'etc/os': 'one' }, { big: { content: 'y'.repeat(3_000_000) } }], form);
    const path = await writeArchive(join(folder, 'x.tar'), oldDockerArchive([{ image, names: [] }]));
    const source = await openPath(path, { temporaryDirectory: folder });
    onTestFinished(() => source.close());
    return source;
  }

  test.each(['plain', 'gzip'] as const)('the engine is given an archive of %s layers', async (form) => {
    const { engine, bodies } = await loading('{"stream":"Loaded image: app:1"}\n');
    const source = await openImage(form);
    const image = await source.resolve();
    const places = folders();
    const sink = new DockerDaemonSink(engine.client, await places.open());
    await copyImage(source, image, sink, [parseReference('app:1')]);
    await sink.finish();
    await sink.close();
    expect(places.left()).toEqual([]);
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'loaded.tar'), bodies[0]!);
    const loaded = await openPath(join(folder, 'loaded.tar'), { temporaryDirectory: folder });
    expect(await loaded.resolve('app:1')).toMatchObject({ id: image.id });
    await loaded.close();
  });

  test('what the engine says is told', async () => {
    const { engine } = await loading('{"errorDetail":{"message":"duplicates \\u001b"}}\n');
    const source = await openImage();
    const sink = new DockerDaemonSink(engine.client, await folders().open());
    await copyImage(source, await source.resolve(), sink, [parseReference('app:1')]);
    await expect(sink.finish()).rejects.toMatchObject({
      code: 'invalid-archive',
      message: expect.stringMatching(/duplicates (?!\u001b)/) as string,
    });
    await sink.close();
  });

  test('an engine that refuses before it has read everything is heard', async () => {
    const engine = await fakeEngine({
      answer: (_request, response) =>
        void response.writeHead(403, { connection: 'close' }).end('{"message":"not you"}'),
    });
    const source = await openImage();
    const sink = new DockerDaemonSink(engine.client, await folders().open());
    const work = copyImage(source, await source.resolve(), sink, [parseReference('app:1')]).then(() =>
      sink.finish(),
    );
    expect(await codeOf(work)).toMatch(/unauthorized|network/);
    await sink.close();
  });

  test('what goes wrong here is not taken for the engine', async () => {
    const { engine, bodies } = await loading('');
    const source = await openImage();
    const { manifest } = await source.resolve();
    const places = folders();
    const sink = new DockerDaemonSink(engine.client, await places.open());
    expect(await codeOf(sink.putBlob(manifest.layers[0]!, Readable.from([Buffer.from('short')])))).toBe(
      'size-mismatch',
    );
    await sink.close();
    expect(bodies).toEqual([]);
    expect(places.left()).toEqual([]);
  });

  test('an engine that is not there is told of, and nothing is left', async () => {
    const { client } = await fakeEngine({ ping: {} });
    const source = await openImage();
    const places = folders();
    const sink = new DockerDaemonSink(client, await places.open());
    const work = copyImage(source, await source.resolve(), sink, [parseReference('app:1')]).then(() =>
      sink.finish(),
    );
    expect(await codeOf(work)).toBe('engine-unavailable');
    await sink.close();
    expect(places.left()).toEqual([]);
  });

  test('a digest is no name for an engine', async () => {
    const { engine } = await loading('');
    const source = await openImage();
    const sink = new DockerDaemonSink(engine.client, await folders().open());
    const image = await source.resolve();
    const name = parseReference(`app@${image.descriptor.digest}`);
    await expect((async () => sink.putImage(image, [name]))()).rejects.toMatchObject({
      code: 'invalid-argument',
    });
    await sink.close();
  });
});
