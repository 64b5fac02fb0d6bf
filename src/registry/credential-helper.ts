// Programs that keep credentials: `docker-credential-NAME get|store|erase`, spoken to over standard input and output.
// What they say is never repeated: it may hold the password.
import { spawn } from 'node:child_process';
import { PhylloError, isSystemError } from '../lib/errors.ts';
import { safeText } from '../lib/text.ts';
import { isJsonObject } from '../oci/json.ts';

export interface HelperSecret {
  readonly username: string;
  readonly secret: string;
}

const NAME = /^[a-z0-9._-]+$/;
const TIMEOUT_MS = 10_000;
const MAX_OUTPUT_BYTES = 64 * 1024;
/** How helpers say that they have nothing for a host. */
const ABSENT = /credentials not found/i;

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * `server` is the key that docker uses for a registry. `get` gives undefined when the helper has nothing for it. Throws
 * `unauthorized` when the helper fails in any other way: going on without a login would be another thing than was meant.
 */
export async function runHelper(
  name: string,
  action: 'get' | 'store' | 'erase',
  server: string,
  env: Environment,
  secret?: HelperSecret,
): Promise<HelperSecret | undefined> {
  const program = `docker-credential-${name}`;
  if (!NAME.test(name) || /[\r\n]/.test(server)) throw failed(safeText(program), 'its name is not valid');
  const input =
    secret === undefined
      ? `${server}\n`
      : JSON.stringify({ ServerURL: server, Username: secret.username, Secret: secret.secret });
  const { code, output } = await talk(program, action, input, env);
  if (code !== 0) {
    if (action === 'get' && ABSENT.test(output)) return undefined;
    throw failed(program, `it ended with ${code ?? 'a signal'}`);
  }
  return action === 'get' ? parseSecret(output, program) : undefined;
}

function talk(
  program: string,
  action: string,
  input: string,
  env: Environment,
): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, [action], { stdio: ['pipe', 'pipe', 'ignore'], env, timeout: TIMEOUT_MS });
    const chunks: Buffer[] = [];
    let total = 0;
    child.stdout.on('data', (chunk: Buffer) => {
      total += chunk.length;
      chunks.push(chunk);
      if (total > MAX_OUTPUT_BYTES) child.kill('SIGKILL');
    });
    child.on('error', (error) => {
      const reason = isSystemError(error, 'ENOENT') ? 'it is not installed' : 'it cannot be started';
      reject(failed(program, reason));
    });
    child.on('close', (code) => {
      if (total > MAX_OUTPUT_BYTES) reject(failed(program, 'it says too much'));
      else resolve({ code, output: Buffer.concat(chunks).toString('utf8') });
    });
    // A helper that does not listen says so by its exit code.
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
  });
}

function parseSecret(output: string, program: string): HelperSecret {
  let value: unknown;
  try {
    value = JSON.parse(output);
  } catch {
    throw failed(program, 'its answer is no JSON');
  }
  const { Username: username, Secret: secret } = isJsonObject(value) ? value : {};
  if (typeof username === 'string' && typeof secret === 'string') return { username, secret };
  throw failed(program, 'its answer has no Username and Secret');
}

function failed(program: string, reason: string): PhylloError {
  return new PhylloError('unauthorized', `ask ${program}: ${reason}`, {
    hint: "It is named in docker's config.json as the keeper of this registry's login.",
  });
}
