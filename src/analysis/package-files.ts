// Where images keep what is installed: the database of each package manager, and one metadata file a package for npm and
// Python. Pure.
import { NodeType } from '../tree/layer-tree.ts';
import type { SquashView } from '../tree/squash-view.ts';
import { ABSENT, type StackIndex } from '../tree/stack-index.ts';

export type PackageFileKind = 'dpkg' | 'apk' | 'rpm-sqlite' | 'rpm-ndb' | 'rpm-bdb' | 'npm' | 'python';

export interface PackageFile {
  readonly kind: PackageFileKind;
  readonly node: number;
}

/** `nodes`: the paths to look at. */
export function* packageFiles(view: SquashView, nodes: Iterable<number>): Generator<PackageFile> {
  for (const node of nodes) {
    if (node === ABSENT || !view.has(node)) continue;
    const kind = kindOf(view.stack, node);
    if (kind !== undefined && isRegular(view, node)) yield { kind, node };
  }
}

function isRegular({ stack, version }: SquashView, node: number): boolean {
  const { tree, node: entry } = stack.locateContent(version[node]!);
  return tree.type[entry] === NodeType.file;
}

const DATABASES: Readonly<Record<string, readonly [kind: PackageFileKind, ...directories: string[]]>> = {
  status: ['dpkg', 'var/lib/dpkg'],
  installed: ['apk', 'lib/apk/db', 'usr/lib/apk/db'],
  'rpmdb.sqlite': ['rpm-sqlite', 'var/lib/rpm', 'usr/lib/sysimage/rpm', 'usr/share/rpm'],
  'Packages.db': ['rpm-ndb', 'var/lib/rpm', 'usr/lib/sysimage/rpm', 'usr/share/rpm'],
  Packages: ['rpm-bdb', 'var/lib/rpm', 'usr/lib/sysimage/rpm', 'usr/share/rpm'],
};

function kindOf(stack: StackIndex, node: number): PackageFileKind | undefined {
  const name = nameOf(stack, node);
  if (Object.hasOwn(DATABASES, name)) {
    const [kind, ...directories] = DATABASES[name]!;
    return directories.includes(directoryOf(stack, node)) ? kind : undefined;
  }
  switch (name) {
    case 'package.json':
      return isNpmPackage(stack, stack.parent[node]!) ? 'npm' : undefined;
    case 'METADATA':
      return nameOf(stack, stack.parent[node]!).endsWith('.dist-info') ? 'python' : undefined;
    case 'PKG-INFO':
      return nameOf(stack, stack.parent[node]!).endsWith('.egg-info') ? 'python' : undefined;
    default:
      return otherKind(stack, node, name);
  }
}

/** Old Python packages are one file, and images without a package manager have one status a package. */
function otherKind(stack: StackIndex, node: number, name: string): PackageFileKind | undefined {
  if (name.endsWith('.egg-info')) return 'python';
  if (nameOf(stack, stack.parent[node]!) !== 'status.d' || name.endsWith('.md5sums')) return undefined;
  return directoryOf(stack, node) === 'var/lib/dpkg/status.d' ? 'dpkg' : undefined;
}

/** Below `node_modules` itself, or below a scope in it. */
function isNpmPackage(stack: StackIndex, directory: number): boolean {
  const above = stack.parent[directory]!;
  if (above < 0) return false;
  const name = nameOf(stack, above);
  if (name === 'node_modules') return true;
  return name.startsWith('@') && nameOf(stack, stack.parent[above]!) === 'node_modules';
}

function nameOf(stack: StackIndex, node: number): string {
  return node <= 0 ? '' : Buffer.from(stack.nameBytes(node)).toString('latin1');
}

function directoryOf(stack: StackIndex, node: number): string {
  return Buffer.from(stack.pathBytes(stack.parent[node]!)).toString('latin1');
}
