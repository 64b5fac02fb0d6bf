// What each document of `--json` looks like. docs/json.md says the same in words; a test holds both to these.
import {
  type Shape,
  anyObject,
  base64,
  containerId,
  count,
  digest,
  exactly,
  flag,
  listOf,
  mapOf,
  nullable,
  object,
  octal,
  oneOf,
  path,
  ratio,
  text,
  time,
} from './shape.ts';

const image = object({ id: digest, digest, tags: listOf(text), platform: text, config: anyObject });
const dead = object({ overwritten: count, deleted: count, metadataOnly: count, opaqueHidden: count });

const deadOfAll = object({
  total: count,
  overwritten: count,
  deleted: count,
  metadataOnly: count,
  opaqueHidden: count,
});
const pathsBase64 = { pathsBase64: listOf(base64) };

const layerRow = object({
  index: nullable(count),
  diffID: nullable(digest),
  digest: nullable(digest),
  mediaType: nullable(text),
  size: count,
  compressedSize: count,
  createdBy: text,
  created: nullable(time),
  emptyLayer: flag,
  files: object({ added: count, modified: count, removed: count }),
  dead,
});

const reasons = listOf(oneOf('content', 'mode', 'owner', 'type', 'linkname', 'xattr', 'mtime'));

const treeEntry = object(
  {
    path,
    type: oneOf('file', 'dir', 'symlink', 'hardlink', 'char', 'block', 'fifo'),
    mode: octal,
    uid: count,
    gid: count,
    size: count,
    mtime: nullable(time),
    status: oneOf('added', 'modified', 'removed', 'unchanged'),
    layer: count,
  },
  {
    pathBase64: base64,
    linkname: text,
    linknameBase64: base64,
    device: object({ major: count, minor: count }),
    xattrs: mapOf(base64),
    reason: reasons,
  },
);

const comparedSide = object(
  {
    id: digest,
    digest,
    tags: listOf(text),
    platform: text,
    config: anyObject,
    upto: nullable(count),
  },
  { container: object({ id: containerId, name: text }) },
);
const comparedLayer = { diffID: nullable(digest), size: count, createdBy: text };
const configValue: Shape = (value, where) =>
  Array.isArray(value) ? listOf(text)(value, where) : nullable(text)(value, where);
const comparedEntry = object(
  {
    type: oneOf('file', 'dir', 'symlink', 'char', 'block', 'fifo'),
    mode: octal,
    uid: count,
    gid: count,
    size: count,
    mtime: nullable(time),
  },
  { linkname: text, linknameBase64: base64, device: object({ major: count, minor: count }) },
);

const KINDS = ['add', 'copy-up', 'whiteout', 'opaque', 'rename'] as const;
const changeFields = {
  path,
  kind: oneOf(...KINDS),
  size: count,
  changed: count,
};
const optionalChangeFields = {
  pathBase64: base64,
  type: oneOf('file', 'dir', 'symlink', 'char', 'block', 'fifo'),
  fromLayer: count,
  because: oneOf('write', 'metadata'),
  hidden: count,
  from: path,
  fromBase64: base64,
};
const engineName = oneOf('linux', 'docker', 'virtual');

/** `layer`, `notice` and `image` events of a pull or push; `more` is what the last one has besides. */
function layerEvents(schema: string, more: Readonly<Record<string, Shape>>): Shape {
  const head = { schema: exactly(schema) };
  const kinds: Readonly<Record<string, Shape>> = {
    layer: object(
      { ...head, event: exactly('layer'), layer: digest, status: text },
      { detail: text, done: count, total: count },
    ),
    notice: object({ ...head, event: exactly('notice'), text }),
    image: object({ ...head, event: exactly('image'), reference: text, digest, ...more }),
  };
  return (value, where) => {
    const event = String((value as { event?: unknown } | null)?.event);
    return kinds[event]?.(value, where) ?? [`${where}: there is no event ${event}`];
  };
}

export const SCHEMAS: Readonly<Record<string, Shape>> = {
  'phyllo.layers/1': object({
    schema: exactly('phyllo.layers/1'),
    image,
    layers: listOf(layerRow),
    total: object({ size: count, visible: count, dead: count, compressedSize: count }),
  }),
  'phyllo.tree/1': object(
    { schema: exactly('phyllo.tree/1'), image, upto: nullable(count), entries: listOf(treeEntry) },
    { layer: count },
  ),
  'phyllo.blame/1': object(
    {
      schema: exactly('phyllo.blame/1'),
      path,
      history: listOf(
        object({
          layer: count,
          diffID: nullable(digest),
          createdBy: text,
          status: oneOf('added', 'modified', 'removed', 'unchanged'),
          reason: reasons,
          size: count,
        }),
      ),
    },
    { pathBase64: base64 },
  ),
  'phyllo.analyze/1': object(
    {
      schema: exactly('phyllo.analyze/1'),
      image,
      size: count,
      visible: count,
      dead: deadOfAll,
      layers: listOf(
        object({
          index: count,
          diffID: nullable(digest),
          createdBy: text,
          size: count,
          dead: deadOfAll,
          estimatedCompressedDead: count,
          killedBy: listOf(object({ layer: count, bytes: count })),
        }),
      ),
      files: listOf(
        object(
          {
            path,
            dead: count,
            copies: count,
            cause: oneOf('overwritten', 'deleted', 'metadataOnly', 'opaqueHidden'),
            layers: listOf(count),
            killedBy: listOf(count),
          },
          { pathBase64: base64 },
        ),
      ),
      duplicates: listOf(object({ digest, size: count, saved: count, paths: listOf(path) }, pathsBase64)),
      advice: listOf(
        object(
          {
            kind: text,
            saved: count,
            estimatedCompressedSaved: nullable(count),
            layer: count,
            killedBy: nullable(count),
            problem: text,
            change: text,
            paths: listOf(path),
          },
          pathsBase64,
        ),
      ),
      whatIf: object({
        squash: listOf(object({ from: count, to: count, size: count, saved: count })),
        without: nullable(object({ size: count, saved: count, paths: listOf(path) }, pathsBase64)),
      }),
      compat: object({ efficiency: ratio, wastedBytes: count, userWastedPercent: nullable(ratio) }),
    },
    {
      gate: object({
        status: oneOf('pass', 'fail', 'misconfigured'),
        results: listOf(
          object(
            {
              rule: text,
              status: oneOf('pass', 'fail', 'skip', 'misconfigured'),
              message: text,
              paths: listOf(path),
            },
            pathsBase64,
          ),
        ),
      }),
    },
  ),
  'phyllo.compare/1': object({
    schema: exactly('phyllo.compare/1'),
    a: comparedSide,
    b: comparedSide,
    layers: object({
      shared: listOf(object({ a: count, b: count, ...comparedLayer })),
      onlyA: listOf(object({ index: count, ...comparedLayer })),
      onlyB: listOf(object({ index: count, ...comparedLayer })),
    }),
    config: listOf(object({ field: text, a: configValue, b: configValue })),
    packages: listOf(
      object({
        kind: oneOf('deb', 'apk', 'rpm', 'npm', 'python'),
        name: text,
        a: nullable(text),
        b: nullable(text),
      }),
    ),
    bytes: object({ added: count, removed: count }),
    notes: listOf(text),
    files: listOf(
      object(
        { path, status: oneOf('added', 'modified', 'removed'), reason: reasons },
        { pathBase64: base64, a: comparedEntry, b: comparedEntry, diff: text },
      ),
    ),
  }),
  'phyllo.extract/1': object(
    {
      schema: exactly('phyllo.extract/1'),
      path,
      upto: nullable(count),
      destination: text,
      files: count,
      bytes: count,
      warnings: listOf(text),
    },
    { pathBase64: base64 },
  ),
  'phyllo.diff/1': object({
    schema: exactly('phyllo.diff/1'),
    container: object({ id: containerId, name: text }),
    changes: listOf(object(changeFields, optionalChangeFields)),
    totals: object({
      added: count,
      copiedUp: count,
      whiteouts: count,
      size: count,
      changed: count,
      unchanged: count,
    }),
  }),
  'phyllo.diff-event/1': object(
    {
      schema: exactly('phyllo.diff-event/1'),
      time,
      action: oneOf(...KINDS, 'write', 'undo'),
      ...changeFields,
    },
    optionalChangeFields,
  ),
  'phyllo.pull-event/1': layerEvents('phyllo.pull-event/1', { id: digest, isNew: flag }),
  'phyllo.push-event/1': layerEvents('phyllo.push-event/1', { size: count }),
  'phyllo.search-tags/1': object({
    schema: exactly('phyllo.search-tags/1'),
    repository: text,
    tags: listOf(text),
  }),
  'phyllo.samples/1': object({
    schema: exactly('phyllo.samples/1'),
    samples: listOf(object({ name: text, title: text, image: text, present: flag })),
  }),
  'phyllo.check/1': object({
    schema: exactly('phyllo.check/1'),
    blobs: count,
    bytes: count,
    images: count,
    problems: listOf(
      object({
        kind: oneOf(
          'blob-missing',
          'blob-corrupt',
          'blob-unreadable',
          'index-invalid',
          'manifest-invalid',
          'leftover',
        ),
        what: text,
        repaired: flag,
      }),
    ),
  }),
  'phyllo.info/1': object({
    schema: exactly('phyllo.info/1'),
    version: text,
    root: path,
    readOnly: flag,
    images: count,
    blobs: count,
    blobBytes: count,
    cacheBytes: count,
    containers: count,
    running: count,
    engine: nullable(engineName),
    engines: listOf(object({ name: engineName, works: flag, summary: text, missing: listOf(text) })),
    settings: text,
    settingsWarnings: listOf(text),
    theme: oneOf('auto', 'dark', 'light', 'high-contrast', 'none'),
    os: text,
    arch: text,
    cpus: count,
    node: text,
  }),
  'phyllo.version/1': object({
    schema: exactly('phyllo.version/1'),
    version: text,
    node: text,
    os: text,
    arch: text,
  }),
};

/** What is wrong with a document, judged by the schema that it names. */
export function problemsOf(document: Readonly<Record<string, unknown>>): string[] {
  const name = String(document['schema']);
  const schema = SCHEMAS[name];
  return schema === undefined ? [`there is no schema ${name}`] : schema(document, name);
}
