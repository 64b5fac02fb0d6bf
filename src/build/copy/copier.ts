// Puts what a COPY takes into the planned tree, in BuildKit's way of `cp -a`.
import { PhylloError } from '../../lib/errors.ts';
import { Warnings } from '../../layer/apply-warnings.ts';
import { CAPABILITIES } from '../context/context-options.ts';
import type { FileFacts } from '../file-view.ts';
import { type Destination, destinationOf } from './destination.ts';
import { ROOT_OWNER, makeDirectories, noDirectory } from './directories.ts';
import { type Content, type PlannedFile, type PlannedTree, isReserved } from './planned-tree.ts';
import { joinPath, nameOf, parentOf, shownPath } from './raw-path.ts';
import type { CopyRequest, CopySource, InlineFile } from './request.ts';
import { resolvePath } from './resolve.ts';
import type { Match, Selection } from './select.ts';
import { type Walked, walkMatch } from './walk.ts';
import { textToRaw } from '../../dockerfile/runes.ts';

const INLINE_MODE = 0o644;

export class Copier {
  readonly warnings = new Warnings();
  readonly tree: PlannedTree;
  private readonly request: CopyRequest;
  private readonly destination: Destination;

  constructor(tree: PlannedTree, request: CopyRequest) {
    this.tree = tree;
    this.request = request;
    const { path, isDirectory } = destinationOf(
      textToRaw(request.destination),
      textToRaw(request.workingDir),
    );
    this.destination = { path, isDirectory };
  }

  /** Where a directory is unpacked or its content goes, made if it is missing. */
  openDirectory(): string {
    const place = resolvePath(this.tree, this.destination.path);
    this.makeDirectories(place);
    return place;
  }

  /** Yields after each file, so that its caller can pause. */
  *copy(selection: Selection, match: Match): Generator<void> {
    const place = this.placeFor(nameOf(match.path), match.facts.type === 'dir');
    if (place === undefined) return;
    /** Names of one file become hard links of each other, within one match. */
    const contents = new Map<string, Content>();
    let leftOut: string | undefined;
    for (const entry of walkMatch(selection, match)) {
      if (leftOut !== undefined && isWithin(entry.path, leftOut)) continue;
      if (entry.relative !== '' && this.isUnspeakable(entry)) leftOut = entry.path;
      else
        this.put(
          joinPath(place, entry.relative),
          entry,
          contentOf(selection.from, entry, contents),
          selection.from,
        );
      yield;
    }
  }

  copyInline({ name, content }: InlineFile): void {
    const place = this.placeFor(nameOf(textToRaw(name)), false);
    if (place === undefined) return;
    const { createdSeconds } = this.request;
    const facts: FileFacts = {
      type: 'file',
      mode: INLINE_MODE,
      ...ROOT_OWNER,
      sizeBytes: content.length,
      mtimeSeconds: createdSeconds,
      mtimeNanos: 0,
    };
    this.putFile(place, {
      facts: this.copiedFacts(facts, false),
      content: { kind: 'bytes', bytes: content },
    });
  }

  /** A file in place of a directory goes into it. Undefined for one that cannot have its name there. */
  private placeFor(name: string, isSourceDirectory: boolean): string | undefined {
    const { path, isDirectory } = this.destination;
    this.makeDirectories(resolvePath(this.tree, isDirectory ? path : parentOf(path)));
    const place = resolvePath(this.tree, path);
    const facts = this.tree.lookup(place);
    if (isSourceDirectory) {
      if (facts === undefined) this.makeDirectories(place);
      return place;
    }
    if (facts?.type !== 'dir') {
      this.makeDirectories(parentOf(place));
      return place;
    }
    const inside = joinPath(place, name);
    if (!isReserved(name)) return inside;
    this.warnings.note('left out, its name would mean a deletion', inside);
    return undefined;
  }

  private makeDirectories(path: string): void {
    const { owner = ROOT_OWNER, createdSeconds } = this.request;
    makeDirectories(this.tree, path, { owner, seconds: createdSeconds });
  }

  /** Layers have no way to say it; what is in it goes with it. */
  private isUnspeakable({ path, facts }: Walked): boolean {
    const isWhiteout = facts.type === 'char' && !facts.devMajor && !facts.devMinor;
    if (!isWhiteout && !isReserved(nameOf(path))) return false;
    this.warnings.note('left out, in a layer it would mean a deletion', path);
    return true;
  }

  private put(place: string, entry: Walked, content: Content | undefined, from: CopySource): void {
    if (entry.facts.type === 'dir') return this.putDirectory(place, entry, from);
    const facts = this.copiedFacts(entry.facts, from.keepsOwners);
    this.putFile(place, content ? { facts, content } : { facts });
  }

  /** The destination itself keeps what it is; directories in it take what the source's are, also where they are there. */
  private putDirectory(place: string, { facts, relative, isOnWay }: Walked, from: CopySource): void {
    const existing = this.tree.lookup(place);
    if (existing !== undefined && existing.type !== 'dir') throw noDirectory(place);
    if (relative === '') return;
    const isKept = isOnWay && existing !== undefined;
    this.tree.put(place, {
      facts: isKept ? { ...existing, mode: facts.mode } : this.copiedFacts(facts, from.keepsOwners),
    });
  }

  private putFile(place: string, file: PlannedFile): void {
    if (this.tree.lookup(place)?.type === 'dir') {
      throw new PhylloError(
        'invalid-argument',
        `copy to ${shownPath(place)}: a directory is there, and a file cannot replace it`,
      );
    }
    if (this.tree.planned(place)) this.warnings.note('written more than once, the last source wins', place);
    this.tree.put(place, file);
  }

  private copiedFacts(facts: FileFacts, keepsOwners: boolean): FileFacts {
    const { mode: change, owner } = this.request;
    const { uid, gid } = owner ?? (keepsOwners ? facts : ROOT_OWNER);
    // All that a layer keeps of extended attributes.
    const capabilities = keepsOwners ? facts.xattrs?.get(CAPABILITIES) : undefined;
    const { xattrs: _, inode: __, ...rest } = facts;
    return {
      ...rest,
      mode: facts.type === 'symlink' || !change ? facts.mode : change(facts.mode, facts.type === 'dir'),
      uid,
      gid,
      mtimeNanos: 0,
      ...(capabilities && { xattrs: new Map([[CAPABILITIES, capabilities]]) }),
    };
  }
}

function contentOf(
  { source }: CopySource,
  { facts, path }: Walked,
  contents: Map<string, Content>,
): Content | undefined {
  if (facts.type !== 'file') return undefined;
  const content: Content = { kind: 'source', source, path };
  if (facts.inode === undefined) return content;
  const known = contents.get(facts.inode);
  if (known === undefined) contents.set(facts.inode, content);
  return known ?? content;
}

function isWithin(path: string, folder: string): boolean {
  return path.startsWith(`${folder}/`);
}
