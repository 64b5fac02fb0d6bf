// Which entries a tar of a virtual container has, for each kind of tar that is asked for.
import type { TarHeader } from '../../layer/tar-writer.ts';
import { NodeType } from '../../tree/layer-tree.ts';
import { toBytes } from './byte-names.ts';
import { failure } from './errno.ts';
import { pathOf } from './inode.ts';
import type { MergedTree } from './merged-tree.ts';
import { ROOT, resolvePlace } from './resolve.ts';
import { type NamedHeader, mergedHeaders, upperHeaders } from './upper-layer.ts';

/** The R/W layer without what lies at or below `exclude`; marks of a path that is left out are left out with it. */
export function* layerHeaders(tree: MergedTree, exclude: readonly Uint8Array[]): Generator<NamedHeader> {
  const left = exclude.map((path) => Buffer.from(path).toString('latin1'));
  for (const each of upperHeaders(tree)) {
    const path = Buffer.from(each.header.path).toString('latin1');
    if (path === '' && each.name !== undefined && left.includes('')) continue;
    const meant =
      each.name === undefined
        ? path.replace(/(^|\/)\.wh\.\.wh\.\.opq$/, '').replace(/(^|\/)\.wh\.([^/]*)$/, '$1$2')
        : path;
    if (left.some((excluded) => meant === excluded || meant.startsWith(`${excluded}/`))) continue;
    yield each;
  }
}

export function* exportHeaders(tree: MergedTree): Generator<NamedHeader> {
  for (const each of mergedHeaders(tree, tree.root)) if (each.header.path.length > 0) yield each;
}

/** The top entry has the path's last name. Throws `not-found`. */
export function archiveHeaders(tree: MergedTree, path: string): NamedHeader[] {
  const { name } = resolvePlace(tree, path, ROOT, /\/\.?$/.test(path));
  if (name === undefined) throw failure('ENOENT', path);
  const top = pathOf(name);
  const cut = name.parent === undefined ? 0 : top.length - name.name.length;
  const rename = (header: TarHeader): TarHeader => ({
    ...header,
    path: header.path.subarray(cut),
    ...(header.type === 'hardlink' && header.linkname && { linkname: header.linkname.subarray(cut) }),
  });
  const all = [...mergedHeaders(tree, name)];
  if (name.parent === undefined && name.inode.type === NodeType.dir)
    return all.map((each) =>
      each.header.path.length === 0 ? { ...each, header: { ...each.header, path: toBytes('.') } } : each,
    );
  return all.map((each) => ({ ...each, header: rename(each.header) }));
}
