// Files of a source as they are, for unpacking them somewhere: no rules of COPY.
import type { TarHeader, TarMember } from '../layer/tar-writer.ts';
import type { FileFacts } from './file-view.ts';
import type { FoundSource } from './sources.ts';

/** `path` and all below it, called `as`; with an empty name what is in a directory stands by itself. Paths are raw. */
export function* treeMembers(
  { files, keepsOwners }: FoundSource,
  path: string,
  as: string,
): Generator<TarMember> {
  const firstNames = new Map<string, string>();
  const left: { from: string; to: string }[] = [{ from: path, to: as }];
  while (left.length > 0) {
    const { from, to } = left.pop()!;
    const facts = files.lookup(from);
    if (facts === undefined) continue;
    if (to !== '') yield memberOf(facts, from, to);
    if (facts.type !== 'dir') continue;
    for (const name of files.children(from).toReversed()) {
      left.push({ from: from === '' ? name : `${from}/${name}`, to: to === '' ? name : `${to}/${name}` });
    }
  }

  function memberOf(facts: FileFacts, from: string, to: string): TarMember {
    const first = facts.inode === undefined ? undefined : firstNames.get(facts.inode);
    const header: TarHeader = {
      path: Buffer.from(to, 'latin1'),
      type: facts.type,
      mode: facts.mode,
      uid: keepsOwners ? facts.uid : 0,
      gid: keepsOwners ? facts.gid : 0,
      mtimeSeconds: facts.mtimeSeconds,
      mtimeNanos: facts.mtimeNanos,
      ...(facts.linkname !== undefined && { linkname: Buffer.from(facts.linkname, 'latin1') }),
      ...(facts.devMajor !== undefined && { devMajor: facts.devMajor, devMinor: facts.devMinor ?? 0 }),
      ...(facts.xattrs && { xattrs: facts.xattrs }),
    };
    if (first !== undefined)
      return { header: { ...header, type: 'hardlink', linkname: Buffer.from(first, 'latin1') } };
    if (facts.inode !== undefined) firstNames.set(facts.inode, to);
    if (facts.type !== 'file') return { header };
    return { header: { ...header, sizeBytes: facts.sizeBytes }, body: files.open(from) };
  }
}
