// Users and groups by name, from the container's own files.
import { MAX_USER_FILE_BYTES } from '../../user-lookup.ts';
import { isPhylloError } from '../../../lib/errors.ts';
import type { ShellFiles } from '../shell-files.ts';

export interface Account {
  readonly name: string;
  readonly id: number;
  /** Of a user: the number of its group. */
  readonly gid: number;
  /** Of a group. */
  readonly members: readonly string[];
}

export interface Accounts {
  readonly users: readonly Account[];
  readonly groups: readonly Account[];
}

export async function readAccounts(files: ShellFiles): Promise<Accounts> {
  const [users, groups] = await Promise.all(['/etc/passwd', '/etc/group'].map((path) => lines(files, path)));
  return {
    users: users!.map(([name = '', , id, gid]) => ({ name, id: Number(id), gid: Number(gid), members: [] })),
    groups: groups!.map(([name = '', , id, members = '']) => ({
      name,
      id: Number(id),
      gid: Number(id),
      members: members.split(',').filter((member) => member !== ''),
    })),
  };
}

async function lines(files: ShellFiles, path: string): Promise<string[][]> {
  const data = await files.remote.call('read', path, 0, MAX_USER_FILE_BYTES).catch((error: unknown) => {
    if (isPhylloError(error)) return new Uint8Array(0);
    throw error;
  });
  return Buffer.from(data)
    .toString('utf8')
    .split('\n')
    .map((line) => line.split(':'))
    .filter((fields) => fields.length >= 3 && /^\d+$/.test(fields[2]!));
}

export function nameOfId(accounts: readonly Account[], id: number): string | undefined {
  return accounts.find((account) => account.id === id)?.name;
}

/** Undefined when there is neither such a name nor is it a number. */
export function idOf(accounts: readonly Account[], text: string): number | undefined {
  return accounts.find(({ name }) => name === text)?.id ?? (/^\d+$/.test(text) ? Number(text) : undefined);
}
