// Whom `--chown` means, by the passwd and group files of the image that is copied to. They are hostile: bounded, read once,
// and a line that is not right matches nothing.
import { PhylloError } from '../../lib/errors.ts';
import { safeText } from '../../lib/text.ts';
import type { FileView } from '../file-view.ts';
import type { Owner } from './request.ts';
import { resolvePath } from './resolve.ts';

const MAX_USER_FILE_BYTES = 10 * 1024 * 1024;
const MAX_ID = 2 ** 31 - 1;

export interface FoundOwner {
  readonly owner: Owner;
  /** Safe to show. */
  readonly warnings: readonly string[];
}

/** The bytes of a file of the target, by its raw path. */
export type ReadFile = (path: string) => Promise<Uint8Array>;

/**
 * `USER`, `USER:GROUP` or `:GROUP`, names or numbers. A number alone is the group too, a name alone has the group of its
 * passwd entry. What is not found is 0, with a warning: BuildKit does the same without a word. Throws `limit-exceeded`.
 */
export async function resolveOwner(
  text: string,
  target: Pick<FileView, 'lookup'>,
  readFile: ReadFile,
): Promise<FoundOwner> {
  const colon = text.indexOf(':');
  const userName = colon < 0 ? text : text.slice(0, colon);
  const groupName = colon < 0 ? undefined : text.slice(colon + 1);
  const records = (path: string): Promise<string[][]> => readRecords(path, target, readFile);
  const warnings: string[] = [];
  const notFound = (what: string, name: string): void => {
    warnings.push(
      `--chown=${safeText(text)}: there is no ${what} ${safeText(name)} in the image, 0 is taken`,
    );
  };
  let uid = numberOf(userName);
  let gid = uid;
  if (uid === undefined) {
    const entry = (await records('etc/passwd')).find(([name]) => name === userName);
    if (entry === undefined) notFound('user', userName);
    [uid, gid] = [idOf(entry?.[2]), idOf(entry?.[3])];
  }
  if (groupName !== undefined) {
    const given = numberOf(groupName);
    const entry = given === undefined && (await records('etc/group')).find(([name]) => name === groupName);
    if (entry === undefined) notFound('group', groupName);
    else gid = entry === false ? given : idOf(entry[2]);
  }
  return { owner: { uid: uid ?? 0, gid: gid ?? 0 }, warnings };
}

/** Nothing, `root`, or a number with or without a sign; one that cannot be an id is a name that nobody has. */
function numberOf(text: string): number | undefined {
  if (text === '' || text === 'root') return 0;
  const number = /^\+?\d+$/.test(text) ? Number(text) : Number.NaN;
  return number <= MAX_ID ? number : undefined;
}

function idOf(field: string | undefined): number {
  return (field !== undefined && /^\d+$/.test(field) ? numberOf(field) : undefined) ?? 0;
}

async function readRecords(
  path: string,
  target: Pick<FileView, 'lookup'>,
  readFile: ReadFile,
): Promise<string[][]> {
  const place = resolvePath(target, path);
  const facts = target.lookup(place);
  if (facts === undefined) {
    // BuildKit takes an unknown name for 0, but not one that nothing could tell.
    throw new PhylloError(
      'not-found',
      `read /${path} of the image: there is none, so that names mean nothing`,
      {
        hint: 'Give numbers to --chown.',
      },
    );
  }
  if (facts.type !== 'file') return [];
  if (facts.sizeBytes > MAX_USER_FILE_BYTES) {
    throw new PhylloError(
      'limit-exceeded',
      `read /${path} of the image: it is larger than ${MAX_USER_FILE_BYTES} bytes`,
    );
  }
  const lines = Buffer.from(await readFile(place))
    .toString('utf8')
    .split('\n');
  return lines.map((line) => line.trim().split(':'));
}
