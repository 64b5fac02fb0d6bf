// The packages that the metadata files of an image tell of, read as data through whoever has the contents. Bounded:
// what is too large or damaged is left out, and a note says so.
import { PhylloError } from '../lib/errors.ts';
import { safeBytes } from '../lib/text.ts';
import type { FileContent } from '../tree/content.ts';
import type { SquashView } from '../tree/squash-view.ts';
import type { Package } from './package.ts';
import { type PackageFile, type PackageFileKind, packageFiles } from './package-files.ts';
import { ndbRpmPackages, sqliteRpmPackages } from './package-rpm.ts';
import { apkPackages, dpkgPackages, npmPackage, pythonPackage } from './package-text.ts';

export interface PackageList {
  readonly packages: readonly Package[];
  /** What could not be read, safe to show. */
  readonly notes: readonly string[];
}

const MAX_DATABASE_BYTES = 64 * 1024 * 1024;
const MAX_METADATA_BYTES = 1024 * 1024;
const MAX_FILES = 50_000;
const MAX_PACKAGES = 200_000;
const MAX_NOTES = 20;

interface Reader {
  /** Larger files are not read; where only the head matters, it is all that is. */
  readonly maxBytes: number;
  readonly onlyHead?: true;
  readonly read: (data: Uint8Array) => Iterable<Package>;
}

const READERS: Readonly<Record<Exclude<PackageFileKind, 'rpm-bdb'>, Reader>> = {
  dpkg: { maxBytes: MAX_DATABASE_BYTES, read: dpkgPackages },
  apk: { maxBytes: MAX_DATABASE_BYTES, read: apkPackages },
  'rpm-sqlite': { maxBytes: MAX_DATABASE_BYTES, read: sqliteRpmPackages },
  'rpm-ndb': { maxBytes: MAX_DATABASE_BYTES, read: ndbRpmPackages },
  npm: { maxBytes: MAX_METADATA_BYTES, read: (data) => oneOrNone(npmPackage(data)) },
  python: { maxBytes: 64 * 1024, onlyHead: true, read: (data) => oneOrNone(pythonPackage(data)) },
};

function oneOrNone(found: Package | undefined): Package[] {
  return found ? [found] : [];
}

/**
 * `nodes` are the paths to look at, `contentOf` gives the content of a layer's file. Throws what reading throws; damage
 * in a file is a note.
 */
export async function readPackages(
  view: SquashView,
  nodes: Iterable<number>,
  contentOf: (layer: number, node: number) => Promise<FileContent>,
  signal?: AbortSignal,
): Promise<PackageList> {
  const packages: Package[] = [];
  const notes: string[] = [];
  let files = 0;
  for (const file of packageFiles(view, nodes)) {
    signal?.throwIfAborted();
    if (++files > MAX_FILES || packages.length >= MAX_PACKAGES) {
      notes.push(`more than ${MAX_FILES} files or ${MAX_PACKAGES} packages: the rest was not read`);
      break;
    }
    const note = await readFile(view, file, contentOf, packages);
    if (note !== undefined && notes.length < MAX_NOTES) notes.push(note);
  }
  return { packages, notes };
}

/** Adds what the file tells of. Why it could not be read, if so. */
async function readFile(
  { stack, version }: SquashView,
  { kind, node }: PackageFile,
  contentOf: (layer: number, node: number) => Promise<FileContent>,
  packages: Package[],
): Promise<string | undefined> {
  const path = `/${safeBytes(stack.pathBytes(node))}`;
  if (kind === 'rpm-bdb') return `${path}: a Berkeley DB; its packages are not read`;
  const { maxBytes, onlyHead, read } = READERS[kind];
  const { layer, node: entry } = stack.locateContent(version[node]!);
  try {
    const content = await contentOf(layer, entry);
    if (content.sizeBytes > maxBytes && !onlyHead) return `${path}: larger than ${maxBytes} bytes; not read`;
    const data = await content.read(0, maxBytes);
    for (const found of read(data)) {
      if (packages.length >= MAX_PACKAGES) return undefined;
      packages.push(found);
    }
    return undefined;
  } catch (error) {
    if (error instanceof RangeError) return `${path}: damaged: ${error.message}`;
    // A hard link to a file that is not there has no content.
    if (error instanceof PhylloError && error.code === 'not-found') return `${path}: it has no content`;
    throw error;
  }
}
