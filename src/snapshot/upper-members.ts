// The R/W layer as members of an OCI layer tar: what overlayfs marks in its own ways becomes `.wh.` names.
import { latin1 } from '../layer/apply-directory.ts';
import { type MakeOptions, readDirectory } from '../layer/make.ts';
import type { TarHeader, TarMember } from '../layer/tar-writer.ts';
import { loadNative } from '../lib/native.ts';
import { Lowers, hasAttributesOf } from './upper-lowers.ts';

export interface UpperMembersOptions extends Omit<MakeOptions, 'overlay' | 'leaveOut'> {
  /** Paths (raw, no leading slash) that are left out with all below. */
  readonly exclude?: readonly Uint8Array[];
  /** Paths that are left out as long as they are empty files or empty directories: `exclude` of UpperOptions. */
  readonly stubs?: readonly Uint8Array[];
  /** As in UpperOptions: with them, directories that are only there to hold stubs are left out, too. */
  readonly lowers?: readonly string[];
}

/**
 * Sorted by name bytes, a directory before what is in it, its opaque mark right after it. The root is no member: its
 * attributes are the image's. Throws what `readDirectory` throws; `unsupported` for an upperdir that holds only
 * references to files of other layers (metacopy, redirect).
 */
export async function* upperMembers(
  directory: string,
  options: UpperMembersOptions = {},
): AsyncGenerator<TarMember> {
  const excluded = new Set((options.exclude ?? []).map(latin1));
  const native = options.native === undefined ? (loadNative() ?? null) : options.native;
  const lowers = new Lowers(options.lowers ?? [], native ?? undefined);
  const stubs = new Stubs((options.stubs ?? []).map(latin1), lowers);
  // Directories that are members only when something in them is.
  let waiting: TarMember[] = [];
  try {
    const leaveOut = (path: string): boolean => excluded.has(path);
    for await (const member of readDirectory(directory, { ...options, native, overlay: true, leaveOut })) {
      const path = latin1(member.header.path);
      if (path === '') continue;
      waiting = waiting.filter(({ header }) => path.startsWith(`${latin1(header.path)}/`));
      if (stubs.isStub(path, member.header)) continue;
      if (stubs.holdsOnlyStubs(path, member.header)) {
        waiting.push(member);
        continue;
      }
      yield* waiting.splice(0);
      yield member;
    }
  } finally {
    lowers.close();
  }
}

class Stubs {
  private readonly paths: ReadonlySet<string>;
  private readonly parents: ReadonlySet<string>;
  private readonly lowers: Lowers;

  constructor(paths: readonly string[], lowers: Lowers) {
    this.paths = new Set(paths);
    this.parents = new Set(paths.flatMap(parentsOf));
    this.lowers = lowers;
  }

  isStub(path: string, { type, sizeBytes = 0 }: TarHeader): boolean {
    return this.paths.has(path) && type === 'file' && sizeBytes === 0;
  }

  /** As far as can be told before what is in the directory was seen. */
  holdsOnlyStubs(path: string, header: TarHeader): boolean {
    if (header.type !== 'dir') return false;
    if (this.paths.has(path)) return true;
    if (!this.parents.has(path) || this.lowers.root.layers.length === 0) return false;
    const names = path.split('/');
    const parent = names.slice(0, -1).reduce((at, name) => this.lowers.below(at, name), this.lowers.root);
    const [covered] = this.lowers.find(parent, names.slice(-1));
    if (!covered) return true;
    const { mode, uid = 0, gid = 0 } = header;
    return covered.stat.isDirectory() && hasAttributesOf({ mode, uid, gid }, covered.stat);
  }
}

function parentsOf(path: string): string[] {
  const names = path.split('/');
  return names.slice(1).map((_, index) => names.slice(0, index + 1).join('/'));
}
