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
  text,
  time,
} from './shape.ts';

const image = object({ id: digest, digest, tags: listOf(text), platform: text, config: anyObject });
const dead = object({ overwritten: count, deleted: count, metadataOnly: count, opaqueHidden: count });

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
    reason: listOf(oneOf('content', 'mode', 'owner', 'type', 'linkname', 'xattr', 'mtime')),
  },
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
