// docker-archives made in code.
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { writeTar } from '../../src/layer/tar-writer.ts';
import { type Layer, tarOf } from '../layer/apply-fixtures.ts';

export interface ArchiveSpec {
  readonly layers: readonly Layer[];
  readonly names?: readonly string[];
  readonly created?: string;
  readonly config?: object;
  /** Default: one `RUN step N` a layer. */
  readonly history?: readonly object[];
}

export interface WrittenArchive {
  readonly path: string;
  readonly id: string;
  readonly diffIDs: readonly string[];
}

function sha256(data: Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}

export async function writeArchive(path: string, spec: ArchiveSpec): Promise<WrittenArchive> {
  const tars = await Promise.all(spec.layers.map((layer) => gather(tarOf(layer))));
  const diffIDs = tars.map((tar) => `sha256:${sha256(tar)}`);
  const created = spec.created ?? '2024-05-01T10:00:00Z';
  const config = Buffer.from(
    JSON.stringify({
      architecture: 'amd64',
      os: 'linux',
      created,
      config: spec.config ?? {},
      history:
        spec.history ??
        tars.map((_, at) => ({ created, created_by: `RUN /bin/sh -c step ${at} # buildkit` })),
      rootfs: { type: 'layers', diff_ids: diffIDs },
    }),
  );
  const names = tars.map((_, at) => `${at}/layer.tar`);
  const manifest = [{ Config: 'config.json', RepoTags: spec.names ?? null, Layers: names }];
  const files: (readonly [string, Uint8Array])[] = [
    ...tars.map((tar, at) => [names[at]!, tar] as const),
    ['config.json', config],
    ['manifest.json', Buffer.from(JSON.stringify(manifest))],
  ];
  const members = files.map(([name, body]) => ({
    header: { path: Buffer.from(name), type: 'file' as const, mode: 0o644, sizeBytes: body.length },
    body: [body],
  }));
  writeFileSync(path, await gather(writeTar(members)));
  return { path, id: `sha256:${sha256(config)}`, diffIDs };
}

async function gather(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return Buffer.concat(all);
}
