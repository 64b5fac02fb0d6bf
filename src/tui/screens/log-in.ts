// Logging in to a registry: host, user and password are asked for one after the other. The password is not shown, and
// kept nowhere but where docker keeps it.
import { PhylloError, isPhylloError } from '../../lib/errors.ts';
import { safeText } from '../../lib/text.ts';
import { parseReference } from '../../oci/reference.ts';
import type { Host } from '../screen.ts';

/** `registry` is what stands there at first. */
export function logIn(host: Host, registry = defaultRegistry(host), onDone = (): void => {}): void {
  host.prompt({
    title: 'log in to registry (HOST[:PORT])',
    text: registry,
    onAccept: (name) => askUser(host, name, onDone),
  });
}

function askUser(host: Host, registry: string, onDone: () => void): void {
  host.prompt({
    title: `user name at ${safeText(registry)}`,
    onAccept: (username) => {
      if (username.includes(':')) host.fail(colonInName());
      else askPassword(host, { registry, username, onDone });
    },
  });
}

function colonInName(): PhylloError {
  return new PhylloError('invalid-argument', 'log in: a user name has no colon in it');
}

function askPassword(
  host: Host,
  { registry, username, onDone }: { registry: string; username: string; onDone: () => void },
): void {
  host.prompt({
    title: `password of ${safeText(username)} (not shown)`,
    secret: true,
    onAccept: (password) => {
      host.work(`logging in to ${registry}`, async ({ signal }) => {
        const login = { host: registry, username, password };
        const { where, isPlain } = await host.services.registries.login(login, { signal });
        onDone();
        return `logged in to ${registry}; kept ${isPlain ? 'as plain text in' : 'by'} ${where}`;
      });
    },
  });
}

/** The one that refused something last, else docker's. */
function defaultRegistry({ transfers }: Host): string {
  const refused = transfers.list.find(({ error }) => isPhylloError(error, 'unauthorized'));
  return (refused && registryOf(refused.request.name)) ?? 'docker.io';
}

/** Host of a name; undefined when it is none. */
export function registryOf(name: string): string | undefined {
  try {
    return parseReference(name).host;
  } catch {
    return undefined;
  }
}

/** Whoever has to log in is told by which key. */
export function withLoginKey(error: unknown, host: Pick<Host, 'keyLabel'>): unknown {
  const key = host.keyLabel('registry.login');
  if (!isPhylloError(error, 'unauthorized') || key === undefined) return error;
  const retry = host.keyLabel('container.start');
  const list = host.keyLabel('transfers.open');
  const again =
    retry && list ? ` A pull or push is tried again with ${retry} in the list of transfers (${list}).` : '';
  const hint = `${key} logs in.${again}`;
  return new PhylloError('unauthorized', error.message, { hint, data: error.data, cause: error });
}
