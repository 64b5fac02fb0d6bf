// A file table as a build sees it: without what was left out.
import { PhylloError } from '../../lib/errors.ts';
import { safeBytes } from '../../lib/text.ts';
import type { FileFacts, FileView } from '../file-view.ts';
import type { FileTable } from './file-table.ts';

export class TableView implements FileView {
  private readonly table: FileTable;
  private readonly shown: Uint8Array | undefined;

  /**
   * `isLeftOut` of a directory leaves its content in: it is there as long as something in it is. Without it all of the
   * table is seen.
   */
  constructor(table: FileTable, isLeftOut?: (node: number) => boolean) {
    this.table = table;
    this.shown = isLeftOut && shownNodes(table, isLeftOut);
  }

  /** -1 for what is not there. */
  find(path: string): number {
    const node = this.table.find(path);
    return node >= 0 && this.isShown(node) ? node : -1;
  }

  /** Throws `not-found`, and `invalid-argument` for what is no regular file. */
  findFile(path: string): number {
    const node = this.find(path);
    if (node >= 0 && this.table.type(node) === 'file') return node;
    throw node < 0 ? notThere(path) : noFile(path);
  }

  lookup(path: string): FileFacts | undefined {
    const node = this.find(path);
    return node < 0 ? undefined : this.table.facts(node);
  }

  children(path: string): readonly string[] {
    const node = this.find(path);
    if (node < 0) return [];
    const { first, end } = this.table.childRange(node);
    const names: string[] = [];
    for (let child = first; child < end; child++) if (this.isShown(child)) names.push(this.table.name(child));
    return names;
  }

  private isShown(node: number): boolean {
    return this.shown === undefined || this.shown[node] === 1;
  }
}

/** Children lie behind their parents: one pass from the end is enough. */
function shownNodes(table: FileTable, isLeftOut: (node: number) => boolean): Uint8Array {
  const shown = new Uint8Array(table.count);
  shown[0] = 1;
  for (let node = table.count - 1; node > 0; node--) {
    if (shown[node] === 0 && isLeftOut(node)) continue;
    shown[node] = 1;
    shown[table.parent(node)] = 1;
  }
  return shown;
}

export function notThere(path: string): PhylloError {
  return new PhylloError('not-found', `read /${shownPath(path)}: there is no such file`);
}

export function noFile(path: string): PhylloError {
  return new PhylloError('invalid-argument', `read /${shownPath(path)}: it is not a regular file`);
}

/** A raw path, safe to show. */
export function shownPath(path: string): string {
  return safeBytes(Buffer.from(path, 'latin1'));
}
