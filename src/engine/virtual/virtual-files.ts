// The files of a virtual container as its processes see them: system calls by path over the merged tree. One process writes
// (the one that holds the container's lock) and notes each change in the journal before it tells that it is done.
import { NodeType } from '../../tree/layer-tree.ts';
import type { FileContent } from '../../tree/content.ts';
import { failure } from './errno.ts';
import { joined, openBody } from './file-body.ts';
import { type FileEntry, type FileStat, statOf } from './file-stat.ts';
import { type Body, type Inode, type Name, pathOf } from './inode.ts';
import type { JournalWriter } from './journal.ts';
import { type MergedTree, sortedNames } from './merged-tree.ts';
import type { Attributes, Change, NewInode } from './tree-change.ts';
import type { OwnFiles } from './own-files.ts';
import { holdsMount, isMount, isProc } from './mounts.ts';
import { now } from './time.ts';
import { Room } from './room.ts';
import { type Credentials, MAY, type Place, isAllowed, resolvePlace } from './resolve.ts';

export interface FileParts {
  readonly tree: MergedTree;
  readonly own: OwnFiles;
  /** Both are absent where nothing may be written. */
  readonly journal?: JournalWriter;
  readonly room?: Room;
  /** Nothing may be written but below /dev. */
  readonly readOnly?: boolean;
}

export class VirtualFiles {
  readonly tree: MergedTree;
  private readonly parts: FileParts;
  private readonly room: Room;
  private last: Promise<unknown> = Promise.resolve();

  constructor(parts: FileParts) {
    this.parts = parts;
    this.tree = parts.tree;
    this.room = parts.room ?? new Room(0);
  }

  stat(path: string, who: Credentials, follow: boolean): FileStat {
    return statOf(this.find(path, who, follow));
  }

  /** The path that links lead to. */
  realpath(path: string, who: Credentials): string {
    return `/${pathOf(this.find(path, who, true))}`;
  }

  list(path: string, who: Credentials): FileEntry[] {
    const name = this.find(path, who, true);
    if (name.inode.type !== NodeType.dir) throw failure('ENOTDIR', path);
    if (!isAllowed(name.inode, who, MAY.read)) throw failure('EACCES', path);
    return sortedNames(this.tree.childrenOf(name).values()).map((child) => ({
      name: child.name,
      ...statOf(child),
    }));
  }

  content(path: string, who: Credentials): Promise<FileContent> {
    const name = this.find(path, who, true);
    if (name.inode.type === NodeType.dir) throw failure('EISDIR', path);
    if (!isAllowed(name.inode, who, MAY.read)) throw failure('EACCES', path);
    return this.contentOf(name.inode);
  }

  contentOf({ body, sizeBytes }: Inode): Promise<FileContent> {
    return openBody(this.parts, body, sizeBytes);
  }

  /** The device that a path leads to, if any. */
  deviceAt(path: string, who: Credentials): string | undefined {
    const { name } = resolvePlace(this.tree, path, who, true);
    return name?.inode.body.kind === 'device' ? name.inode.body.device : undefined;
  }

  /** Replaces the content, or makes the file with `mode`. */
  write(
    path: string,
    who: Credentials,
    data: Uint8Array | AsyncIterable<Uint8Array>,
    mode = 0o644,
  ): Promise<void> {
    return this.exclusively(async () => {
      const place = this.writable(path, who);
      if (place === undefined) return;
      const chunks = data instanceof Uint8Array ? [data] : data;
      const { number, sizeBytes } = await this.parts.own.write(this.room.bounded(chunks, path));
      this.room.take(sizeBytes);
      const body: Body = sizeBytes === 0 ? { kind: 'empty' } : { kind: 'own', number };
      if (sizeBytes === 0) await this.parts.own.remove(number);
      // What was there may have gone meanwhile: others are not kept waiting while bytes come in.
      this.place(path, who, mode, body, sizeBytes);
    });
  }

  append(path: string, who: Credentials, data: Uint8Array): Promise<void> {
    return this.exclusively(async () => {
      const place = this.writable(path, who);
      if (place === undefined) return;
      const inode = place.name?.inode;
      const before = inode?.sizeBytes ?? 0;
      this.room.check(before + data.length, data.length, path);
      if (data.length === 0 && inode !== undefined) return;
      if (inode?.body.kind === 'own') {
        await this.parts.own.append(inode.body.number, before, data);
        this.room.take(data.length);
        return this.place(path, who, 0o644, inode.body, before + data.length);
      }
      const old = inode === undefined ? undefined : await this.contentOf(inode);
      const { number, sizeBytes } = await this.parts.own.write(joined(old, data));
      this.room.take(sizeBytes);
      this.place(path, who, 0o644, { kind: 'own', number }, sizeBytes);
    });
  }

  private place(path: string, who: Credentials, mode: number, body: Body, sizeBytes: number): void {
    const { directory, last, name } = resolvePlace(this.tree, path, who, true);
    if (name === undefined) {
      return this.add(directory, last, {
        type: NodeType.file,
        mode,
        uid: who.uid,
        gid: who.gid,
        body,
        sizeBytes,
      });
    }
    this.commit({ op: 'body', path: pathOf(name), time: now(), body, sizeBytes }, name);
  }

  mkdir(path: string, who: Credentials, mode: number): void {
    this.make(path, who, { type: NodeType.dir, mode, uid: who.uid, gid: who.gid });
  }

  symlink(link: string, path: string, who: Credentials): void {
    const size = { sizeBytes: 0 };
    this.make(path, who, { type: NodeType.symlink, mode: 0o777, uid: who.uid, gid: who.gid, link, ...size });
  }

  make(path: string, who: Credentials, made: NewInode): void {
    const { directory, last, name } = resolvePlace(this.tree, path, who, false);
    if (name !== undefined) throw failure('EEXIST', path);
    this.checkWritable(directory, who, path);
    this.add(directory, last, made);
  }

  link(from: string, path: string, who: Credentials): void {
    const source = this.find(from, who, false);
    if (source.inode.type === NodeType.dir) throw failure('EPERM', from);
    const { directory, last, name } = resolvePlace(this.tree, path, who, false);
    if (name !== undefined) throw failure('EEXIST', path);
    if (source.volatile !== directory.volatile) throw failure('EPERM', path);
    this.checkWritable(directory, who, path);
    this.commit({ op: 'link', path: below(directory, last), time: now(), from: pathOf(source) }, directory);
  }

  remove(path: string, who: Credentials, options: { recursive?: boolean; directory?: boolean } = {}): void {
    const { directory, name } = this.findPlace(path, who, false);
    this.checkRemovable(directory, name, who, path);
    if (name.inode.type === NodeType.dir && !options.recursive && this.tree.childrenOf(name).size > 0)
      throw failure('ENOTEMPTY', path);
    if (options.directory === true && name.inode.type !== NodeType.dir) throw failure('ENOTDIR', path);
    if (!this.removeAll(name)) throw failure('EBUSY', path);
  }

  /** What is mounted stays, and the directories that it is in: all else of those goes. False when something stayed. */
  private removeAll(name: Name): boolean {
    if (isMount(name)) return false;
    if (holdsMount(name)) {
      for (const child of this.tree.childrenOf(name).values()) this.removeAll(child);
      return false;
    }
    this.commit({ op: 'remove', path: pathOf(name), time: now() }, name);
    return true;
  }

  rename(from: string, to: string, who: Credentials): void {
    const source = this.findPlace(from, who, false);
    this.checkRemovable(source.directory, source.name, who, from);
    const target = resolvePlace(this.tree, to, who, false);
    this.checkWritable(target.directory, who, to);
    if (source.name.volatile !== target.directory.volatile) throw failure('EPERM', to);
    for (let at: Name | undefined = target.directory; at !== undefined; at = at.parent)
      if (at === source.name) throw failure('EINVAL', to);
    if (target.name !== undefined) this.checkReplace(source.name, target.name, to);
    const path = below(target.directory, target.last);
    this.commit({ op: 'move', path, time: now(), from: pathOf(source.name) }, source.name);
  }

  set(path: string, who: Credentials, set: Attributes, follow: boolean): void {
    const name = this.find(path, who, follow);
    const { inode } = name;
    if (who.uid !== 0 && (inode.uid !== who.uid || set.uid !== undefined)) throw failure('EPERM', path);
    this.commit({ op: 'set', path: pathOf(name), set }, name);
  }

  /** One writer after the other: a change is whole before the next begins. */
  exclusively<Result>(work: () => Promise<Result>): Promise<Result> {
    const done = this.last.then(work);
    this.last = done.catch(() => undefined);
    return done;
  }

  async idle(): Promise<void> {
    await this.last;
  }

  private find(path: string, who: Credentials, follow: boolean): Name {
    return this.findPlace(path, who, follow).name;
  }

  private findPlace(path: string, who: Credentials, follow: boolean): Place & { name: Name } {
    const place = resolvePlace(this.tree, path, who, follow);
    if (place.name === undefined) throw failure('ENOENT', path);
    return place as Place & { name: Name };
  }

  /** Throws when `path` could not be written. */
  checkOpen(path: string, who: Credentials): void {
    this.writable(path, who);
  }

  /** Where bytes may go; undefined when they go nowhere. */
  private writable(path: string, who: Credentials): Place | undefined {
    const place = resolvePlace(this.tree, path, who, true);
    const { name, directory } = place;
    if (name === undefined) {
      this.checkWritable(directory, who, path);
      return place;
    }
    if (name.inode.type === NodeType.dir) throw failure('EISDIR', path);
    if (!isAllowed(name.inode, who, MAY.write)) throw failure('EACCES', path);
    const { body } = name.inode;
    if (!name.volatile) this.checkReadOnly(path);
    if (isProc(name)) throw failure('EACCES', path);
    if (body.kind !== 'device') return place;
    if (body.device === 'full') throw failure('ENOSPC', path);
    return undefined;
  }

  private checkWritable(directory: Name, who: Credentials, path: string): void {
    if (directory.inode.type !== NodeType.dir) throw failure('ENOTDIR', path);
    if (!isAllowed(directory.inode, who, MAY.write | MAY.execute)) throw failure('EACCES', path);
    if (isProc(directory)) throw failure('EACCES', path);
    if (!directory.volatile) this.checkReadOnly(path);
  }

  private checkReadOnly(path: string): void {
    if (this.parts.journal === undefined || this.parts.readOnly === true) throw failure('EROFS', path);
  }

  private checkRemovable(directory: Name, name: Name, who: Credentials, path: string): void {
    if (name.parent === undefined || isMount(name)) throw failure('EBUSY', path);
    this.checkWritable(directory, who, path);
    const isSticky = (directory.inode.mode & 0o1000) !== 0;
    const owns = who.uid === 0 || who.uid === name.inode.uid || who.uid === directory.inode.uid;
    if (isSticky && !owns) throw failure('EPERM', path);
  }

  private checkReplace(source: Name, target: Name, path: string): void {
    if (isMount(target)) throw failure('EBUSY', path);
    const [from, to] = [source, target].map(({ inode }) => inode.type === NodeType.dir);
    if (to && !from) throw failure('EISDIR', path);
    if (from && !to) throw failure('ENOTDIR', path);
    if (to && this.tree.childrenOf(target).size > 0) throw failure('ENOTEMPTY', path);
  }

  private add(directory: Name, last: string, made: NewInode): void {
    if (last === '' || last === '..') throw failure('EEXIST', last);
    this.room.checkNames(this.tree.upperCount, last);
    this.commit({ op: 'add', path: below(directory, last), time: now(), made }, directory);
  }

  /** What happens below /dev leaves no trace. */
  private commit(change: Change, where: Name): void {
    if (!where.volatile) this.checkReadOnly(change.path);
    this.tree.apply(change);
    if (where.volatile) return;
    this.parts.journal?.append(change);
  }
}

function below(directory: Name, last: string): string {
  const path = pathOf(directory);
  return path === '' ? last : `${path}/${last}`;
}
