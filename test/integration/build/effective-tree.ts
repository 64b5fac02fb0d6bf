// What is there after layers were applied, as text. Shares nothing with the product's code for layers, so that the same
// mistake cannot be on both sides of a comparison.
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { type Header, extract } from 'tar-stream';

interface TreeNode {
  readonly type: string;
  readonly mode: number;
  readonly owner: string;
  /** Content digest, link text or device number. */
  readonly detail: string;
  readonly xattrs: readonly string[];
  readonly time: string;
}

export interface LayerEntry {
  /** Without slashes at its ends. */
  readonly path: string;
  readonly header: Header;
  readonly sha256: string;
}

const XATTR = 'SCHILY.xattr.';
const OPAQUE = '.wh..wh..opq';
const WHITEOUT = '.wh.';
/** Times after this are those of the build itself, which nobody can compare. */
const LONG_AGO_SECONDS = 1_500_000_000;

export async function layerEntries(tar: Buffer): Promise<LayerEntry[]> {
  const entries: LayerEntry[] = [];
  for await (const entry of Readable.from([tar]).pipe(extract())) {
    const hash = createHash('sha256');
    for await (const chunk of entry) hash.update(chunk as Buffer);
    const path = entry.header.name.replace(/^(?:\.?\/)+|\/+$/g, '').replace(/^\.$/, '');
    entries.push({ path, header: entry.header, sha256: hash.digest('hex') });
  }
  return entries;
}

export class EffectiveTree {
  private readonly nodes = new Map<string, TreeNode>();

  has(path: string): boolean {
    return this.nodes.has(path);
  }

  apply(entries: readonly LayerEntry[]): void {
    for (const { path } of entries) this.applyWhiteout(path);
    for (const entry of entries) {
      if (entry.path !== '' && !baseName(entry.path).startsWith(WHITEOUT)) this.put(entry);
    }
  }

  /** One line an entry, sorted. Further names of one file point to the first. */
  lines(): string[] {
    const first = new Map<TreeNode, string>();
    return [...this.nodes]
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([path, node]) => {
        const known = first.get(node);
        if (known !== undefined) return `${path} = ${known}`;
        first.set(node, path);
        const mode = node.type === 'symlink' ? '' : node.mode.toString(8);
        return [path, node.type, mode, node.owner, node.time, node.detail, ...node.xattrs]
          .filter((part) => part !== '')
          .join(' ');
      });
  }

  private applyWhiteout(path: string): void {
    const name = baseName(path);
    const folder = path.slice(0, path.length - name.length);
    if (name === OPAQUE) this.removeBelow(folder);
    else if (name.startsWith(WHITEOUT)) this.remove(folder + name.slice(WHITEOUT.length));
  }

  private put({ path, header, sha256 }: LayerEntry): void {
    if (header.type === 'link') {
      const target = this.nodes.get(header.linkname!.replace(/^(?:\.?\/)+/, ''));
      if (target === undefined)
        throw new Error(`${path} is linked to ${header.linkname}, which is not there`);
      this.remove(path);
      this.nodes.set(path, target);
      return;
    }
    const parent = path.slice(0, Math.max(0, path.lastIndexOf('/')));
    if (parent !== '' && this.nodes.get(parent)?.type !== 'directory') {
      throw new Error(`${path} has no directory to be in`);
    }
    if (header.type !== 'directory' || this.nodes.get(path)?.type !== 'directory') this.remove(path);
    this.nodes.set(path, nodeOf(header, sha256));
  }

  private remove(path: string): void {
    this.nodes.delete(path);
    this.removeBelow(`${path}/`);
  }

  private removeBelow(prefix: string): void {
    for (const path of this.nodes.keys()) if (path.startsWith(prefix)) this.nodes.delete(path);
  }
}

function nodeOf(header: Header, sha256: string): TreeNode {
  const type = header.type ?? 'file';
  const seconds = Math.floor((header.mtime?.getTime() ?? 0) / 1000);
  const details: Readonly<Record<string, string>> = {
    file: `${header.size} ${sha256.slice(0, 16)}`,
    symlink: `-> ${header.linkname}`,
    'character-device': `${header.devmajor}:${header.devminor}`,
    'block-device': `${header.devmajor}:${header.devminor}`,
  };
  return {
    type,
    mode: (header.mode ?? 0) & 0o7777,
    owner: `${header.uid}:${header.gid}`,
    detail: details[type] ?? '',
    xattrs: Object.entries(header.pax ?? {})
      .filter(([name]) => name.startsWith(XATTR))
      .map(([name, value]) => `${name.slice(XATTR.length)}=${JSON.stringify(value)}`)
      .toSorted(),
    time: type === 'file' && seconds < LONG_AGO_SECONDS ? `@${seconds}` : '',
  };
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
