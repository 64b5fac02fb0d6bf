// phyllo login: checks a login with its registry and keeps it where docker does.
import { readAll } from '../../lib/streams.ts';
import type { Context } from '../context.ts';
import { askHidden, askLine } from '../ask.ts';
import { usageError } from '../usage.ts';

interface LoginOptions {
  readonly username?: string;
  readonly password?: string;
  readonly passwordStdin?: boolean;
  readonly insecure?: boolean;
}

const DOCKER_HUB = 'docker.io';
const MAX_PASSWORD_BYTES = 64 * 1024;

export async function run(
  context: Context,
  [host = DOCKER_HUB]: readonly string[],
  options: LoginOptions,
): Promise<void> {
  const { registries } = await context.services();
  const { username, password } = await credentialsOf(context, options);
  const contact = { insecure: options.insecure, onNotice: (text: string) => void context.note(text) };
  const { where, isPlain } = await context.work((work) =>
    registries.login({ host, username, password }, { ...work, ...contact }),
  );
  if (isPlain) {
    await context.note(`The password is kept as plain text in ${where}.`);
    await context.note("A helper keeps it better: see credsStore in docker's configuration.");
  }
  await context.out.line('Login Succeeded');
}

async function credentialsOf(
  context: Context,
  { username, password, passwordStdin }: LoginOptions,
): Promise<{ username: string; password: string }> {
  if (passwordStdin) {
    if (password !== undefined)
      throw usageError('login', '--password and --password-stdin exclude each other');
    if (username === undefined) throw usageError('login', '--password-stdin needs --username');
    const data = await readAll(context.io.stdin, MAX_PASSWORD_BYTES, 'password');
    return checked(username, data.toString('utf8').replace(/\r?\n$/, ''));
  }
  if (password !== undefined) {
    await context.note('Others may see --password in the list of processes. Use --password-stdin.');
    if (username !== undefined) return checked(username, password);
  }
  if (context.io.stdin.isTTY !== true) {
    throw usageError('login', 'there is no terminal to ask on; give --username and --password-stdin');
  }
  const user = username ?? (await askLine(context, 'Username: '));
  return checked(user, password ?? (await askHidden(context, 'Password: ')));
}

function checked(username: string, password: string): { username: string; password: string } {
  if (username === '') throw usageError('login', 'the user name is empty');
  if (username.includes(':')) throw usageError('login', 'a user name has no colon in it');
  if (password === '') throw usageError('login', 'the password is empty');
  return { username, password };
}
