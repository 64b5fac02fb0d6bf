// The layers of the synthetic image, shaped like those of an application image: a distribution, a runtime, packages, a
// big file, then changed modes, deletions, edits, links and caches.
import type { TarMember } from '../../src/layer/tar-writer.ts';
import { type ContentPool, random, seedOf, word } from './content.ts';

export interface ImageShape {
  readonly files: number;
  /** Sizes spread around it as those of real files do: the mean is three times as much. */
  readonly medianBytes: number;
  readonly bigFileBytes: number;
}

export const SHAPES = {
  default: { files: 96_000, medianBytes: 900, bigFileBytes: 48 * 1024 ** 2 },
  big: { files: 190_000, medianBytes: 2300, bigFileBytes: 160 * 1024 ** 2 },
} as const satisfies Record<string, ImageShape>;

export interface SyntheticLayer {
  readonly createdBy: string;
  readonly members: Iterable<TarMember>;
}

const SPREAD = 1.5;
const MAX_FILE_BYTES = 4 * 1024 ** 2;
const START_SECONDS = 1_700_000_000;
const PACKAGE_FILES = 36;
/** Where a package has its files, and how many. */
const PLACES: readonly (readonly [folder: string, files: number])[] = [
  ['', 5],
  ['lib', 13],
  ['lib/internal/legacy', 8],
  ['share/doc', 6],
  ['locale/de/LC_MESSAGES', 4],
];
const EXTENSIONS = ['js', 'py', 'so', 'h', 'txt', 'json', 'mo', 'md'];

export function syntheticLayers(shape: ImageShape, pool: ContentPool): SyntheticLayer[] {
  const make = new LayerMaker(shape, pool);
  const share = (part: number): number => Math.round(shape.files * part);
  return [
    { createdBy: 'ADD rootfs.tar / # buildkit', members: make.added('usr/lib', share(0.3)) },
    { createdBy: 'RUN install runtime # buildkit', members: make.added('usr/local/lib', share(0.24)) },
    { createdBy: 'RUN install packages # buildkit', members: make.added('srv/app/modules', share(0.28)) },
    { createdBy: 'COPY model.bin /srv/model.bin # buildkit', members: make.bigFile('srv/model.bin') },
    { createdBy: 'COPY . /srv/app/src # buildkit', members: make.added('srv/app/src', share(0.07)) },
    {
      createdBy: 'RUN chmod -R g+w /usr/local/lib # buildkit',
      members: make.chmod('usr/local/lib', share(0.06)),
    },
    { createdBy: 'RUN rm -rf docs # buildkit', members: make.deleted('usr/lib', share(0.02)) },
    { createdBy: 'RUN sed -i settings # buildkit', members: make.edited('srv/app/src', share(0.01)) },
    {
      createdBy: 'RUN link tools # buildkit',
      members: make.links('usr/local/lib', 'usr/local/bin', share(0.02)),
    },
    { createdBy: 'RUN rm /srv/model.bin # buildkit', members: make.whiteouts(['srv/model.bin']) },
  ];
}

class LayerMaker {
  private readonly shape: ImageShape;
  private readonly pool: ContentPool;

  constructor(shape: ImageShape, pool: ContentPool) {
    this.shape = shape;
    this.pool = pool;
  }

  added(root: string, count: number): Iterable<TarMember> {
    return withFolders(this.files(packagePaths(root, count), 0o644, 0));
  }

  /** The same files once more: a changed mode copies the whole file up. */
  chmod(root: string, count: number): Iterable<TarMember> {
    return withFolders(this.files(packagePaths(root, count), 0o664, 0));
  }

  edited(root: string, count: number): Iterable<TarMember> {
    return withFolders(this.files(packagePaths(root, count), 0o644, 1));
  }

  /** Files one by one, and a folder that is emptied in between. */
  deleted(root: string, count: number): Iterable<TarMember> {
    const paths = [...packagePaths(root, count)];
    const emptied = `${packageFolder(root, Math.ceil(count / PACKAGE_FILES) + 1)}/lib/.wh..wh..opq`;
    return withFolders(whiteoutsOf(paths, [emptied]));
  }

  whiteouts(paths: readonly string[]): Iterable<TarMember> {
    return withFolders(whiteoutsOf(paths, []));
  }

  bigFile(path: string): Iterable<TarMember> {
    return withFolders([this.file(path, this.shape.bigFileBytes, 0o644, 0)]);
  }

  links(root: string, folder: string, count: number): Iterable<TarMember> {
    return withFolders(linksTo([...packagePaths(root, count)], folder));
  }

  private *files(paths: Iterable<string>, mode: number, revision: number): Generator<TarMember> {
    for (const path of paths) yield this.file(path, this.sizeOf(path), mode, revision);
  }

  private file(path: string, sizeBytes: number, mode: number, revision: number): TarMember {
    const seed = seedOf(`${path}#${revision}`);
    return { header: header(path, 'file', mode, sizeBytes), body: this.pool.cut(sizeBytes, seed) };
  }

  private sizeOf(path: string): number {
    const next = random(seedOf(path));
    const normal = Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
    return Math.min(MAX_FILE_BYTES, Math.round(this.shape.medianBytes * Math.exp(SPREAD * normal)));
  }
}

function header(path: string, type: 'file' | 'dir', mode: number, sizeBytes = 0): TarMember['header'] {
  const mtimeSeconds = START_SECONDS + (seedOf(path) % 10_000_000);
  return { path: Buffer.from(path), type, mode, sizeBytes, mtimeSeconds };
}

function* whiteoutsOf(paths: readonly string[], markers: readonly string[]): Generator<TarMember> {
  for (const path of paths) {
    const slash = path.lastIndexOf('/');
    yield { header: header(`${path.slice(0, slash)}/.wh.${path.slice(slash + 1)}`, 'file', 0) };
  }
  for (const marker of markers) yield { header: header(marker, 'file', 0) };
}

function* linksTo(paths: readonly string[], folder: string): Generator<TarMember> {
  for (const [index, path] of paths.entries()) {
    const name = { path: Buffer.from(`${folder}/tool-${index}`), mode: 0o755, mtimeSeconds: START_SECONDS };
    const type = index % 3 === 0 ? 'hardlink' : 'symlink';
    yield { header: { ...name, type, linkname: Buffer.from(type === 'hardlink' ? path : `/${path}`) } };
  }
}

function* packagePaths(root: string, count: number): Generator<string> {
  for (let made = 0, number = 0; made < count; number++) {
    const folder = packageFolder(root, number);
    const next = random(seedOf(folder));
    for (const [place, files] of PLACES) {
      for (let file = 0; file < files && made < count; file++, made++) {
        const extension = EXTENSIONS[Math.floor(next() * EXTENSIONS.length)]!;
        yield [folder, place, `${word(next)}-${file}.${extension}`].filter((part) => part !== '').join('/');
      }
    }
  }
}

function packageFolder(root: string, number: number): string {
  return `${root}/${word(random(seedOf(`${root} ${number}`)))}-${number}`;
}

/** Every folder before the first that lies in it, as tars have them. */
function* withFolders(members: Iterable<TarMember>): Generator<TarMember> {
  const made = new Set<string>();
  for (const member of members) {
    const parts = Buffer.from(member.header.path).toString('latin1').split('/');
    for (let depth = 1; depth < parts.length; depth++) {
      const folder = parts.slice(0, depth).join('/');
      if (made.has(folder)) continue;
      made.add(folder);
      yield { header: header(folder, 'dir', 0o755) };
    }
    yield member;
  }
}
