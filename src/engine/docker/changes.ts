// The R/W layer of a container as a tree. The engine tells the paths; what is there is asked of each, a few at a time,
// and kept until the path's time or size changes. The engine has no events for it: who follows is told by asking again.
import type { DockerClient } from '../../docker/client.ts';
import type { TarEntry } from '../../layer/entry.ts';
import { isPhylloError } from '../../lib/errors.ts';
import type { LiveLayer } from '../../snapshot/live-layer.ts';
import { LayerTreeBuilder } from '../../tree/build.ts';
import { type ChangedPath, changedPaths } from './changed-paths.ts';
import { inParallel } from './in-parallel.ts';
import { entryOf, pathEntry } from './path-entry.ts';
import { type EngineStat, engineStat } from './path-stat.ts';

export interface ChangesSource {
  readonly client: DockerClient;
  readonly base: string;
}

/** Of so many paths the details are asked for; of the others only the kind of change is known. */
const MAX_DETAILS = 4000;
const QUESTIONS_AT_ONCE = 8;
/**
 * Owners and attributes cost the engine some 50 ms a path: so long is asked for them at a time. Of the paths that are
 * left the owner counts as root, until one of the next times.
 */
const ATTRIBUTES_MS = 1500;
const UNKNOWN: EngineStat = { type: 'file', sizeBytes: 0, mode: 0, mtime: '', target: new Uint8Array(0) };
const EMPTY = new Uint8Array(0);

interface Known {
  /** Whatever of the stat would change with a write. */
  readonly mark: string;
  readonly entry: TarEntry;
}

/** A change as it stands in the tree. */
interface Told {
  readonly entries: readonly TarEntry[];
  readonly mark: string;
}

export class ContainerChanges {
  private readonly source: ChangesSource;
  private known = new Map<string, Known>();
  /** Of what was told last. */
  private lastMark: string | undefined;

  constructor(source: ChangesSource) {
    this.source = source;
  }

  /** Undefined when nothing changed since it was asked last. Throws `not-found`. */
  async next(signal?: AbortSignal): Promise<LiveLayer | undefined> {
    const { client, base } = this.source;
    const { isPodman } = await client.facts();
    const paths = await changedPaths(client, base, signal);
    const deadline = performance.now() + ATTRIBUTES_MS;
    const parents = parentsOf(paths);
    const known = new Map<string, Known>();
    const told = await inParallel(paths, QUESTIONS_AT_ONCE, async (change, index): Promise<Told> => {
      const isDirectory = parents.has(change.path);
      if (index >= MAX_DETAILS) return unasked(change, isDirectory);
      // Podman calls a directory deleted that was made anew.
      if (change.kind === 'deleted' && !isPodman) return whiteout(change.path);
      const found = await this.look(change.path, { deadline, signal });
      if (found === undefined) return change.kind === 'added' ? NOTHING_THERE : whiteout(change.path);
      known.set(change.path, found);
      const isOpaque = change.kind === 'deleted' && found.entry.type === 'dir';
      const mark = `${change.path}\0${found.mark}\0${isOpaque}`;
      return { entries: isOpaque ? [found.entry, opaqueMark(change.path)] : [found.entry], mark };
    });
    this.known = known;
    const mark = told.map((one) => one.mark).join('\n');
    if (mark === this.lastMark) return undefined;
    this.lastMark = mark;
    return liveLayer(told, Math.max(0, paths.length - MAX_DETAILS));
  }

  private async look(
    path: string,
    { deadline, signal }: { deadline: number; signal: AbortSignal | undefined },
  ): Promise<Known | undefined> {
    const place = { ...this.source, path, signal };
    try {
      const stat = await engineStat({ ...place, path: Buffer.from(`/${path}`) });
      const mark = [
        stat.type,
        stat.sizeBytes,
        stat.mode,
        stat.mtime,
        Buffer.from(stat.target).toString(),
      ].join();
      const before = this.known.get(path);
      if (before?.mark === mark) return before;
      if (performance.now() > deadline) {
        return { mark: `${mark} at a glance`, entry: entryOf(Buffer.from(path), stat) };
      }
      const entry = await pathEntry(place, stat);
      return entry && { mark, entry };
    } catch (error) {
      if (isPhylloError(error, 'not-found')) return undefined;
      throw error;
    }
  }
}

const NOTHING_THERE: Told = { entries: [], mark: '' };

function parentsOf(paths: readonly ChangedPath[]): ReadonlySet<string> {
  return new Set(paths.map(({ path }) => path.slice(0, Math.max(0, path.lastIndexOf('/')))));
}

function unasked(change: ChangedPath, isDirectory: boolean): Told {
  if (change.kind === 'deleted') return whiteout(change.path);
  const stat: EngineStat = isDirectory ? { ...UNKNOWN, type: 'dir', mode: 0o755 } : UNKNOWN;
  return { entries: [entryOf(Buffer.from(change.path), stat)], mark: change.path };
}

function whiteout(path: string): Told {
  const slash = path.lastIndexOf('/') + 1;
  const mark = `${path.slice(0, slash)}.wh.${path.slice(slash)}`;
  return { entries: [markFile(mark)], mark };
}

function opaqueMark(path: string): TarEntry {
  return markFile(`${path}/.wh..wh..opq`);
}

function markFile(path: string): TarEntry {
  return entryOf(Buffer.from(path), { ...UNKNOWN, target: EMPTY });
}

function liveLayer(told: readonly Told[], unknownPaths: number): LiveLayer {
  const builder = new LayerTreeBuilder();
  for (const { entries } of told) for (const entry of entries) builder.add(entry);
  if (unknownPaths > 0) {
    builder.warn(
      `${unknownPaths} more paths changed; their sizes and attributes were not asked of the engine`,
    );
  }
  const tree = builder.finish({ uncompressedBytes: 0 });
  return { tree, changedBytes: new Map(), movedFrom: new Map() };
}
