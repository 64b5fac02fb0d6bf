// Who a process of a virtual container runs as, by the container's own files.
import { type FoundUser, MAX_USER_FILE_BYTES, lookUpUser } from '../user-lookup.ts';
import { ROOT } from './resolve.ts';
import type { VirtualFiles } from './virtual-files.ts';

/** Throws what `lookUpUser` throws. */
export async function idsOf(files: VirtualFiles, user: string): Promise<FoundUser> {
  const [passwd, group] = await Promise.all(['/etc/passwd', '/etc/group'].map((path) => read(files, path)));
  return lookUpUser(user, passwd, group);
}

async function read(files: VirtualFiles, path: string): Promise<Uint8Array | undefined> {
  try {
    return await (await files.content(path, ROOT)).read(0, MAX_USER_FILE_BYTES + 1);
  } catch {
    return undefined;
  }
}
