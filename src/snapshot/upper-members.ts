// The R/W layer as members of an OCI layer tar: what overlayfs marks in its own ways becomes `.wh.` names.
import { latin1 } from '../layer/apply-directory.ts';
import { type MakeOptions, readDirectory } from '../layer/make.ts';
import type { TarMember } from '../layer/tar-writer.ts';

export interface UpperMembersOptions extends Omit<MakeOptions, 'overlay' | 'leaveOut'> {
  /** Paths (raw, no leading slash) that are left out with all below. */
  readonly exclude?: readonly Uint8Array[];
  /** Paths that are left out as long as they are empty files or empty directories: see UpperOptions. */
  readonly stubs?: readonly Uint8Array[];
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
  const stubs = new Set((options.stubs ?? []).map(latin1));
  const members = readDirectory(directory, {
    ...options,
    overlay: true,
    leaveOut: (path) => excluded.has(path),
  });
  // A directory of the runtime's waits until something is in it.
  const waiting: TarMember[] = [];
  for await (const member of members) {
    const path = latin1(member.header.path);
    if (path === '') continue;
    while (waiting.length > 0 && !path.startsWith(`${latin1(waiting.at(-1)!.header.path)}/`)) waiting.pop();
    if (stubs.has(path) && isEmpty(member)) {
      if (member.header.type === 'dir') waiting.push(member);
      continue;
    }
    yield* waiting.splice(0);
    yield member;
  }
}

function isEmpty({ header }: TarMember): boolean {
  return header.type === 'dir' || (header.type === 'file' && (header.sizeBytes ?? 0) === 0);
}
