// Clients that must keep a secret, and what they were heard to say.
import { inspect } from 'node:util';
import { expect, onTestFinished } from 'vitest';
import { RegistryClient, type RegistryOptions } from '../../src/registry/client.ts';
import type { Credentials } from '../../src/registry/credentials.ts';
import type { PhylloError } from '../../src/lib/errors.ts';
import type { FakeRegistry } from './registry-fake.ts';

export const CANARY: Credentials = { username: 'canary-user', secret: 'canary-password-7f3a' };
export const CANARY_TOKEN = 'canary-token-91bc';
const SECRETS = [
  CANARY.secret,
  CANARY_TOKEN,
  Buffer.from(`${CANARY.username}:${CANARY.secret}`).toString('base64'),
];

export interface TestClient {
  readonly client: RegistryClient;
  /** What was waited for, in ms, and what people were told. */
  readonly waits: number[];
  readonly notices: string[];
}

/** Waits for nothing; `host` alone is logged in to. */
export function testClient(host: string | undefined, options: Partial<RegistryOptions> = {}): TestClient {
  const waits: number[] = [];
  const notices: string[] = [];
  const client = new RegistryClient({
    credentials: { get: async (asked) => (asked === host ? CANARY : undefined) },
    onNotice: (text) => notices.push(text),
    sleep: async (ms) => void waits.push(ms),
    ...options,
  });
  onTestFinished(() => client.close());
  return { client, waits, notices };
}

/** Nothing secret came to this host, in no header, address or body. */
export function expectNoLeak(other: FakeRegistry): void {
  const text = JSON.stringify(other.seen);
  expect(SECRETS.filter((secret) => text.includes(secret))).toEqual([]);
  expect(other.seen.filter(({ headers }) => headers.authorization !== undefined)).toEqual([]);
}

/** The error with all its causes, which must be free of secrets. */
export async function errorOf(work: Promise<unknown>): Promise<PhylloError> {
  const error = await work.then(
    () => undefined,
    (reason: PhylloError) => reason,
  );
  if (error === undefined) throw new Error('it went well');
  const texts: string[] = [];
  for (let at: unknown = error; at instanceof Error; at = at.cause) texts.push(inspect(at, { depth: 8 }));
  expect(SECRETS.filter((secret) => texts.join('\n').includes(secret))).toEqual([]);
  return error;
}
