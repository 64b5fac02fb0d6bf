// One file or directory as an archive whose top entry has a name that is asked for, as `docker cp` has it.
import { latin1, raw } from './apply-directory.ts';
import { type MakeOptions, readDirectory } from './make.ts';
import type { TarMember } from './tar-writer.ts';

export interface TopOptions extends Omit<MakeOptions, 'leaveOut'> {
  /** What the top entry is called, one character a byte; empty: what is in it stands by itself. Default: its own name. */
  readonly as?: string;
}

/**
 * Entries of `name` (one character a byte) in the directory `parent`, and of all below it. Without a name they are
 * those of `parent` itself. A link is an entry, not what it points to. Throws what `readDirectory` throws; what is not
 * there gives no entry.
 */
export async function* readTop(
  parent: string,
  name: string,
  { as = name, ...options }: TopOptions = {},
): AsyncGenerator<TarMember> {
  const rename = renamedTop(name, as);
  const isBeside = (path: string): boolean => name !== '' && !isWithin(path, name);
  for await (const member of readDirectory(parent, { ...options, leaveOut: isBeside })) {
    const { header } = member;
    // The parent comes first and is not asked for.
    if (name !== '' && header.path.length === 0) continue;
    const path = raw(rename(latin1(header.path)));
    const linkname = header.type === 'hardlink' ? raw(rename(latin1(header.linkname!))) : header.linkname;
    yield { ...member, header: { ...header, path, ...(linkname !== undefined && { linkname }) } };
  }
}

/** The last component of a path, one character a byte; empty for the root. */
export function topName(path: Uint8Array): string {
  const parts = latin1(path)
    .split('/')
    .filter((part) => part !== '' && part !== '.');
  return parts.at(-1) ?? '';
}

/**
 * Gives the top entry `from` of an archive the name `to`; empty: what is in it stands by itself. All have one character
 * a byte.
 */
export function renamedTop(from: string, to: string): (path: string) => string {
  return (path) => {
    const inside =
      from === '' ? path : path === from ? '' : path.slice(isWithin(path, from) ? from.length + 1 : 0);
    return [to, inside].filter((part) => part !== '').join('/');
  };
}

function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}
