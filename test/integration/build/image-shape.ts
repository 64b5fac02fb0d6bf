// What two builders have to agree on about an image, in words that compare: config, history, and the file system after
// every layer. The few spellings that changed since docker 20.10 are brought to today's here, and nothing else is.
import type { BuildCase } from './build-case.ts';
import { EffectiveTree, type LayerEntry, layerEntries } from './effective-tree.ts';
import type { SavedImage } from './saved-image.ts';

export interface ImageShape {
  readonly config: Json;
  /** `ENV A=1 (buildkit.dockerfile.v0, empty)`. */
  readonly history: readonly string[];
  /** `prefixes[n]` are all files after the layers 0 to n. */
  readonly prefixes: readonly (readonly string[])[];
}

type Json = Readonly<Record<string, unknown>>;
/** Entries of a layer that `tree`, the layers below it, does not count. */
type Leaks = (entries: readonly LayerEntry[], tree: EffectiveTree) => readonly LayerEntry[];

export async function shapeOf(image: SavedImage, leaks: Leaks = () => []): Promise<ImageShape> {
  const { created, history, rootfs, config, ...rest } = image.config;
  const tree = new EffectiveTree();
  const prefixes: string[][] = [];
  for (const layer of image.layers) {
    const entries = await layerEntries(layer);
    const leaked = leaks(entries, tree);
    tree.apply(entries.filter((entry) => !leaked.includes(entry)));
    prefixes.push(tree.lines());
  }
  const { diff_ids: diffIDs } = rootfs as { diff_ids: readonly string[] };
  return {
    config: { ...rest, dated: created !== undefined, layers: diffIDs.length, config: tidied(config as Json) },
    history: (history as readonly Json[]).map(historyLine),
    prefixes,
  };
}

/** In today's words. */
export async function shapeOfBuildKit(image: SavedImage, built: BuildCase): Promise<ImageShape> {
  const shape = await shapeOf(image, built.accepts === 'run-mount-points' ? mountPoints : undefined);
  return { ...shape, history: shape.history.map((line) => todaysSpelling(line, built.respelled)) };
}

function historyLine({
  created,
  created_by: by = '',
  comment = '',
  empty_layer: empty,
  ...rest
}: Json): string {
  const marks = [comment, empty === true ? 'empty' : 'layer', ...(created === undefined ? ['undated'] : [])];
  const more = Object.keys(rest).length === 0 ? '' : ` ${JSON.stringify(rest)}`;
  return `${by as string} (${marks.join(', ')})${more}`;
}

/** Go writes some members that are empty and leaves others out, by version. */
function tidied(config: Json): Json {
  const isEmpty = (value: unknown): boolean =>
    value === null || value === '' || JSON.stringify(value) === '{}';
  return Object.fromEntries(Object.entries(config).filter(([, value]) => !isEmpty(value)));
}

const MOUNT_POINTS = ['dev', 'etc', 'proc', 'sys'];

/** Empty directories that RUN had to have for its mounts, new in this layer. */
function mountPoints(entries: readonly LayerEntry[], tree: EffectiveTree): LayerEntry[] {
  return entries.filter(
    ({ path, header }) =>
      MOUNT_POINTS.includes(path) &&
      header.type === 'directory' &&
      !tree.has(path) &&
      !entries.some((other) => other.path.startsWith(`${path}/`)),
  );
}

const MARKS = /( \([^()]*\))$/;

/** A line of BuildKit 0.8 as BuildKit writes it today; `respelled` are a case's own differences. */
function todaysSpelling(line: string, respelled: Readonly<Record<string, string>> = {}): string {
  const [createdBy, marks] = line.split(MARKS) as [string, string];
  const ports = /^EXPOSE map\[(.*)\]$/.exec(createdBy)?.[1];
  if (ports !== undefined) return `EXPOSE [${ports.replaceAll(':{}', '')}]${marks}`;
  return (respelled[createdBy] ?? healthcheck(createdBy)) + marks;
}

/** `HEALTHCHECK &{["CMD" "x"] "5s" "0s" "0s" '\x03'}` today has the names of the fields and one more of them. */
function healthcheck(createdBy: string): string {
  const parts = /^HEALTHCHECK &\{\[(.*)\] "(\w+)" "(\w+)" "(\w+)" '\\x([0-9a-f]{2})'\}$/.exec(createdBy);
  if (parts === null) return createdBy;
  const [, quoted, interval, timeout, startPeriod, retries] = parts;
  const words = quoted!.match(/"(?:[^"\\]|\\.)*"/g)!.map((word) => JSON.parse(word) as string);
  const times = `Interval:${interval} Timeout:${timeout} StartPeriod:${startPeriod} StartInterval:0s`;
  return `HEALTHCHECK {Test:[${words.join(' ')}] ${times} Retries:${Number.parseInt(retries!, 16)}}`;
}
