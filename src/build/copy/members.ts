// The planned tree as entries of a layer: parents first, names sorted by bytes, a second name of a file as a hard link.
// What comes out of an archive follows behind, in the archive's order, so that nothing has to be kept.
import { PhylloError } from '../../lib/errors.ts';
import type { TarHeader, TarMember } from '../../layer/tar-writer.ts';
import type { FileFacts } from '../file-view.ts';
import { type Archive, readArchive } from './archive.ts';
import type { Content, PlannedNode, PlannedTree } from './planned-tree.ts';
import { joinPath, rawBytes, shownPath } from './raw-path.ts';

const OPAQUE = '.wh..wh..opq';

/** The body of a member has to be read, if at all, before the next one is asked for. */
export async function* readMembers(tree: PlannedTree, signal?: AbortSignal): AsyncGenerator<TarMember> {
  /** By the number of the file in its archive. */
  const archives = new Map<Archive, Map<number, Named[]>>();
  const firstNames = new Map<Content, string>();
  for (const { path, node } of nodes(tree)) {
    if (signal?.aborted) throw new PhylloError('cancelled', 'copy: cancelled');
    const facts = node.file?.facts ?? tree.below.lookup(path)!;
    const content = node.file?.content;
    if (content?.kind === 'archive') {
      noteArchived(archives, content.file, { path, facts });
      continue;
    }
    const first = content && firstNames.get(content);
    if (first !== undefined) yield link(path, facts, first);
    else if (content === undefined) yield { header: headerOf(path, facts) };
    else {
      firstNames.set(content, path);
      yield { header: headerOf(path, facts), body: bytesOf(content) };
    }
    if (facts.type === 'dir' && hidesSomething(tree, path, node)) yield opaqueMark(path);
  }
  for (const [archive, files] of archives) yield* archivedMembers(archive, files, signal);
}

interface Named {
  readonly path: string;
  readonly facts: FileFacts;
}

interface Placed {
  readonly path: string;
  readonly node: PlannedNode;
}

/** All but the root, which has nothing to say: a layer need not have it. */
function* nodes(tree: PlannedTree): Generator<Placed> {
  const left: Placed[] = [];
  const enter = (path: string, { children }: PlannedNode): void => {
    const names = [...children.keys()].sort().reverse();
    for (const name of names) left.push({ path: joinPath(path, name), node: children.get(name)! });
  };
  enter('', tree.root);
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    yield next;
    enter(next.path, next.node);
  }
}

function noteArchived(
  archives: Map<Archive, Map<number, Named[]>>,
  { archive, index }: { readonly archive: Archive; readonly index: number },
  named: Named,
): void {
  let files = archives.get(archive);
  if (files === undefined) archives.set(archive, (files = new Map()));
  const names = files.get(index);
  if (names === undefined) files.set(index, [named]);
  else names.push(named);
}

async function* archivedMembers(
  archive: Archive,
  files: ReadonlyMap<number, readonly Named[]>,
  signal: AbortSignal | undefined,
): AsyncGenerator<TarMember> {
  let given = 0;
  for await (const { index, entry, body } of readArchive(archive)) {
    if (signal?.aborted) throw new PhylloError('cancelled', 'copy: cancelled');
    const [first, ...others] = files.get(index) ?? [];
    if (first === undefined) continue;
    if (entry.sizeBytes !== first.facts.sizeBytes) throw changed(archive);
    given++;
    yield { header: headerOf(first.path, first.facts), body };
    for (const { path, facts } of others) yield link(path, facts, first.path);
  }
  if (given !== files.size) throw changed(archive);
}

function changed({ path }: Archive): PhylloError {
  return new PhylloError('io', `unpack ${shownPath(path)}: it changed while it was read`);
}

function bytesOf(content: Content): AsyncIterable<Uint8Array> | Iterable<Uint8Array> {
  if (content.kind === 'bytes') return [content.bytes];
  return content.kind === 'source' ? lazily(() => content.source.open(content.path)) : [];
}

/** Nothing is opened that is not read. */
async function* lazily(open: () => AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* open();
}

function headerOf(path: string, facts: FileFacts): TarHeader {
  return {
    path: rawBytes(path),
    type: facts.type,
    mode: facts.mode,
    uid: facts.uid,
    gid: facts.gid,
    mtimeSeconds: facts.mtimeSeconds,
    ...(facts.type === 'file' && { sizeBytes: facts.sizeBytes }),
    ...(facts.linkname !== undefined && { linkname: rawBytes(facts.linkname) }),
    ...(facts.devMajor !== undefined && { devMajor: facts.devMajor }),
    ...(facts.devMinor !== undefined && { devMinor: facts.devMinor }),
    ...(facts.xattrs && { xattrs: facts.xattrs }),
  };
}

function link(path: string, facts: FileFacts, target: string): TarMember {
  const { sizeBytes: _, xattrs: __, ...rest } = headerOf(path, facts);
  return { header: { ...rest, type: 'hardlink', linkname: rawBytes(target) } };
}

/** A directory took the place of another one, of which nothing is left. */
function hidesSomething({ below }: PlannedTree, path: string, node: PlannedNode): boolean {
  return node.hidesBelow && below.lookup(path)?.type === 'dir' && below.children(path).length > 0;
}

function opaqueMark(folder: string): TarMember {
  return { header: { path: rawBytes(joinPath(folder, OPAQUE)), type: 'file', mode: 0, mtimeSeconds: 0 } };
}
