// What is told of a virtual container's files, and put into them: its R/W layer, tars, single paths.
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { InflatedLayers } from '../../layer/seek.ts';
import { writeTar } from '../../layer/tar-writer.ts';
import { PhylloError } from '../../lib/errors.ts';
import type { Locker } from '../../lib/lock.ts';
import type { LiveLayer } from '../../snapshot/live-layer.ts';
import type { FileContent } from '../../tree/content.ts';
import { NodeType } from '../../tree/layer-tree.ts';
import type { Container, ContainerId } from '../container.ts';
import type { LayerOptions, PathStat } from '../engine.ts';
import { fromBytes, toBytes } from './byte-names.ts';
import { FollowedFiles, type WritableFiles, lowerPath, openWritable, upperPath } from './container-files.ts';
import { nextChange } from './follow-changes.ts';
import { answered, ask } from './host-client.ts';
import { type Name, pathOf } from './inode.ts';
import { loadLower } from './lower.ts';
import { ROOT, resolvePlace } from './resolve.ts';
import { archiveHeaders, exportHeaders, layerHeaders } from './tar-headers.ts';
import type { TrueRecords } from './true-records.ts';
import { unpackInto } from './unpack.ts';
import { LiveLayerMaker, tarMembers } from './upper-layer.ts';

const LOCK_TIMEOUT_MS = 10_000;

export class EngineFiles {
  private readonly records: TrueRecords;
  private readonly locker: Locker;
  private readonly inflated: InflatedLayers;
  /** Names of the nodes of layers that were told, for `content`. */
  private readonly told = new WeakMap<
    LiveLayer,
    { followed: FollowedFiles; names: ReadonlyMap<number, Name> }
  >();

  constructor(records: TrueRecords, locker: Locker, inflated: InflatedLayers) {
    this.records = records;
    this.locker = locker;
    this.inflated = inflated;
  }

  async *changes(
    id: ContainerId,
    options: { follow?: boolean; signal?: AbortSignal } = {},
  ): AsyncIterable<LiveLayer> {
    const followed = await this.follow(id);
    const maker = new LiveLayerMaker();
    try {
      for (let isNew = true; ; isNew = await nextChange(this.records.pathOf(id), followed, options.signal)) {
        if (!isNew) return;
        const live = await maker.make(followed);
        this.told.set(live, { followed, names: live.names });
        yield live;
        if (options.follow !== true) return;
      }
    } finally {
      await followed.close();
    }
  }

  private async follow(id: ContainerId): Promise<FollowedFiles> {
    await this.records.records.get(id);
    return FollowedFiles.open(this.records.pathOf(id), this.inflated);
  }

  layer(id: ContainerId, options: LayerOptions = {}): Readable {
    return this.tar(id, ({ tree }) => layerHeaders(tree, options.exclude ?? []), options.signal);
  }

  export(id: ContainerId, signal?: AbortSignal): Readable {
    return this.tar(id, ({ tree }) => exportHeaders(tree), signal);
  }

  private tar(
    id: ContainerId,
    headers: (followed: FollowedFiles) => Parameters<typeof tarMembers>[1],
    signal: AbortSignal | undefined,
  ): Readable {
    const follow = (): Promise<FollowedFiles> => this.follow(id);
    const bytes = async function* (): AsyncGenerator<Uint8Array> {
      const followed = await follow();
      await followed.close();
      yield* writeTar(tarMembers(followed, headers(followed), signal));
    };
    return Readable.from(bytes(), { objectMode: false });
  }

  async content(id: ContainerId, live: LiveLayer, node: number): Promise<FileContent> {
    const told = this.told.get(live);
    const followed = told?.followed ?? (await this.follow(id));
    if (told === undefined) await followed.close();
    const name = told?.names.get(node) ?? followed.tree.at(fromBytes(live.tree.pathBytes(node)));
    if (name?.inode.type !== NodeType.file)
      throw new PhylloError('invalid-argument', 'read file: it is not a regular file');
    return followed.files.contentOf(name.inode);
  }

  async stat(id: ContainerId, path: Uint8Array, options: { follow?: boolean } = {}): Promise<PathStat> {
    const { tree, files } = await this.look(id);
    const at = fromBytes(path);
    const place = resolvePlace(tree, at, ROOT, options.follow ?? false);
    const found = files.stat(at, ROOT, options.follow ?? false);
    const parent = place.name?.parent === undefined ? '' : pathOf(place.name.parent);
    const types: Readonly<Record<number, PathStat['type']>> = {
      [NodeType.file]: 'file',
      [NodeType.dir]: 'dir',
      [NodeType.symlink]: 'symlink',
    };
    return {
      type: types[found.type] ?? 'other',
      sizeBytes: found.sizeBytes,
      mode: found.mode,
      path: toBytes(
        place.name?.parent === undefined ? '/' : `/${parent === '' ? '' : `${parent}/`}${place.last}`,
      ),
    };
  }

  private async look(id: ContainerId): Promise<FollowedFiles> {
    const followed = await this.follow(id);
    await followed.close();
    return followed;
  }

  async getArchive(id: ContainerId, path: Uint8Array, signal?: AbortSignal): Promise<Readable> {
    const followed = await this.look(id);
    const headers = archiveHeaders(followed.tree, fromBytes(path));
    return Readable.from(writeTar(tarMembers(followed, headers, signal)), { objectMode: false });
  }

  async putArchive(
    id: ContainerId,
    directory: Uint8Array,
    tar: Readable,
    options: { owners?: boolean; signal?: AbortSignal } = {},
  ): Promise<void> {
    const container = await this.records.get(id);
    const target = fromBytes(directory);
    if (container.status !== 'running') {
      return this.withWritable(container, ({ files }) => unpackInto(files, target, tar, options));
    }
    const connection = await ask(this.records.pathOf(id), {
      do: 'put',
      directory: target,
      owners: options.owners ?? false,
    });
    const sent = (async () => {
      for await (const chunk of tar) {
        options.signal?.throwIfAborted();
        await connection.send('data', chunk as Uint8Array);
      }
      await connection.send('end');
    })();
    // What the other side says is better than that it did not want more.
    const refused = await sent.then(
      () => undefined,
      (error: unknown) => error,
    );
    if (refused !== undefined && options.signal?.aborted) connection.destroy();
    await answered(connection, connection.frames());
    connection.destroy();
    if (refused !== undefined) throw refused;
  }

  private async withWritable<Result>(
    { id, hostname }: Container,
    work: (opened: WritableFiles) => Promise<Result>,
  ): Promise<Result> {
    const directory = this.records.pathOf(id);
    const lock = await this.locker.acquire(join(directory, 'lock'), {
      mode: 'exclusive',
      purpose: 'write files',
      timeoutMs: LOCK_TIMEOUT_MS,
    });
    try {
      const opened = await openWritable(
        upperPath(directory),
        await loadLower(lowerPath(directory), this.inflated),
        { hostname },
      );
      try {
        return await work(opened);
      } finally {
        await opened.close();
      }
    } finally {
      await lock.release();
    }
  }

  async diskUsage(id: ContainerId): Promise<number> {
    const { own } = await this.look(id);
    const journal = await stat(join(upperPath(this.records.pathOf(id)), 'changes.jsonl')).catch(
      () => undefined,
    );
    return (await own.usedBytes()) + (journal?.size ?? 0);
  }
}
