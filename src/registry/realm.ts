// Where a registry sends us for a token. It chooses a host that we would hand the password to: not every one will do.
import { PhylloError } from '../lib/errors.ts';
import { safeText } from '../lib/text.ts';
import { isAddress } from './endpoint.ts';

/**
 * `origin` is the registry's. Throws `unauthorized` for a realm without TLS where the registry has it, for one with a password
 * in it, and for an address of this machine or network that is not the registry itself.
 */
export function checkedRealm(realm: string | undefined, origin: string): URL {
  const registry = new URL(origin);
  if (realm === undefined) throw refused(registry, 'it names no realm to get a token from');
  const url = URL.parse(realm);
  if (url === null || !['https:', 'http:'].includes(url.protocol)) {
    throw refused(registry, `the realm ${shown(realm)} is no http or https URL`);
  }
  if (url.username !== '' || url.password !== '') throw refused(registry, 'the realm has a password in it');
  if (url.protocol === 'http:' && registry.protocol === 'https:') {
    throw refused(registry, `the realm ${shown(url.host)} is to be asked without TLS`);
  }
  if (url.host !== registry.host && isAddress(url.hostname)) {
    throw refused(registry, `the realm ${shown(url.host)} is an address, and not that of the registry`);
  }
  if (url.host !== registry.host && url.protocol === 'http:') {
    throw refused(registry, `the realm ${shown(url.host)} is to be asked without TLS`);
  }
  return url;
}

function shown(text: string): string {
  return safeText(JSON.stringify(text.slice(0, 200)));
}

function refused({ host }: URL, reason: string): PhylloError {
  return new PhylloError('unauthorized', `log in to ${host}: ${reason}`, {
    hint: 'No password was sent. Whoever runs the registry has to change its token service.',
  });
}
