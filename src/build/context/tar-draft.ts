// The tree of a tar while its entries come in, in any order; in the end a file table. Every name is a name: whiteouts mean
// nothing here.
import { PhylloError } from '../../lib/errors.ts';
import { latin1 } from '../../layer/apply-directory.ts';
import { Warnings } from '../../layer/apply-warnings.ts';
import type { SparseChunk, TarEntry } from '../../layer/entry.ts';
import { CAPABILITIES } from './context-options.ts';
import { type FileRow, FileTable, LINK_MODE } from './file-table.ts';
import { shownPath } from './table-view.ts';

/** What all names of one file share. */
export interface TarBody {
  readonly row: FileRow;
  /** Where its bytes begin in the tar. */
  readonly dataOffset: number;
  readonly sparse: readonly SparseChunk[] | undefined;
  /** sha256, 32 bytes, where it is known. */
  readonly digest: Uint8Array | undefined;
}

interface Draft {
  readonly name: string;
  body: TarBody;
  readonly children: Map<string, Draft> | undefined;
}

const IMPLIED: TarBody = {
  row: { type: 'dir', mode: 0o755, sizeBytes: 0, mtimeSeconds: 0, mtimeNanos: 0 },
  dataOffset: -1,
  sparse: undefined,
  digest: undefined,
};

export class TarDraft {
  readonly warnings = new Warnings();
  private readonly root: Draft = { name: '', body: IMPLIED, children: new Map() };
  /** Bodies that have had a second name. */
  private readonly linked = new Set<TarBody>();
  private lastPath = '';
  private lastDirectory = this.root;

  /** A later entry takes the place of an earlier one. Throws `invalid-archive`. */
  add(entry: TarEntry, digest: Uint8Array | undefined): void {
    const path = latin1(entry.path);
    switch (entry.type) {
      case 'dir':
        return this.addDirectory(path, bodyOf('dir', entry, undefined));
      case 'hardlink':
        return this.put(path, this.linkTarget(path, latin1(entry.linkname)));
      case 'file':
      case 'symlink':
        return this.put(path, bodyOf(entry.type, entry, digest));
      case 'fifo':
        return this.warnings.note('left out, a named pipe is no part of a context', path);
      default:
        return this.warnings.note('left out, a device is no part of a context', path);
    }
  }

  private addDirectory(path: string, body: TarBody): void {
    if (path === '') {
      this.root.body = body;
      return;
    }
    const { parent, name } = this.placeOf(path);
    const present = parent.children!.get(name);
    if (present?.children !== undefined) present.body = body;
    else parent.children!.set(name, { name, body, children: new Map() });
  }

  private put(path: string, body: TarBody): void {
    if (path === '') throw refuse(path, 'a file cannot take the place of the context');
    const { parent, name } = this.placeOf(path);
    if (parent.children!.get(name)?.children !== undefined) this.forgetDirectory();
    parent.children!.set(name, { name, body, children: undefined });
  }

  private linkTarget(path: string, target: string): TarBody {
    const found = this.lookUp(target);
    if (found === undefined || found.children !== undefined)
      throw refuse(path, `it is a hard link to ${shownPath(target)}, which is no file of the archive`);
    this.linked.add(found.body);
    return found.body;
  }

  private lookUp(path: string): Draft | undefined {
    let at: Draft | undefined = this.root;
    for (const name of path.split('/')) at = at?.children?.get(name);
    return at;
  }

  private placeOf(path: string): { parent: Draft; name: string } {
    const slash = path.lastIndexOf('/');
    return { parent: this.directoryAt(path.slice(0, Math.max(0, slash))), name: path.slice(slash + 1) };
  }

  /** Entries come grouped by directory: the last one is kept at hand. */
  private directoryAt(path: string): Draft {
    if (path === '') return this.root;
    if (path === this.lastPath) return this.lastDirectory;
    let at = this.root;
    for (const name of path.split('/')) {
      let child = at.children!.get(name);
      if (child === undefined) {
        child = { name, body: IMPLIED, children: new Map() };
        at.children!.set(name, child);
      }
      if (child.children === undefined) throw refuse(path, 'an earlier entry says that it is no directory');
      at = child;
    }
    this.lastPath = path;
    this.lastDirectory = at;
    return at;
  }

  private forgetDirectory(): void {
    this.lastPath = '';
    this.lastDirectory = this.root;
  }

  /** `onNode` learns the body of each node but the root. `pause` is called often and may throw to end the work. */
  async finish(
    onNode: (node: number, body: TarBody) => void,
    pause: () => Promise<void> | undefined,
  ): Promise<FileTable> {
    const table = new FileTable(this.root.body.row);
    const names = new Map<TarBody, number[]>();
    const directories: [node: number, draft: Draft][] = [[0, this.root]];
    for (let index = 0; index < directories.length; index++) {
      const [parent, { children }] = directories[index]!;
      for (const draft of [...children!.values()].sort(byName)) {
        const resting = pause();
        if (resting !== undefined) await resting;
        const node = table.append(parent, draft.name, draft.body.row);
        onNode(node, draft.body);
        if (draft.children !== undefined) directories.push([node, draft]);
        else if (this.linked.has(draft.body)) names.set(draft.body, [...(names.get(draft.body) ?? []), node]);
      }
    }
    nameInodes(table, names);
    return table;
  }
}

/** What lost its other names since is a file like any other. */
function nameInodes(table: FileTable, names: ReadonlyMap<TarBody, readonly number[]>): void {
  for (const nodes of names.values())
    if (nodes.length > 1) for (const node of nodes) table.setInode(node, String(nodes[0]));
}

function bodyOf(type: FileRow['type'], entry: TarEntry, digest: Uint8Array | undefined): TarBody {
  const { mode, sizeBytes, mtimeSeconds, mtimeNanos, dataOffset, sparse } = entry;
  const capabilities = type === 'file' ? entry.xattrs?.get(CAPABILITIES) : undefined;
  const row: FileRow = {
    type,
    mode: type === 'symlink' ? LINK_MODE : mode,
    sizeBytes: type === 'file' ? sizeBytes : 0,
    mtimeSeconds,
    mtimeNanos,
    ...(type === 'symlink' && { linkname: latin1(entry.linkname) }),
    ...(capabilities !== undefined && { xattrs: new Map([[CAPABILITIES, capabilities]]) }),
  };
  return { row, dataOffset, sparse, digest };
}

function byName(a: Draft, b: Draft): number {
  return a.name < b.name ? -1 : 1;
}

function refuse(path: string, reason: string): PhylloError {
  return new PhylloError('invalid-archive', `read /${shownPath(path)} of the context: ${reason}`);
}
