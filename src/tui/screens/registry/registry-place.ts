// What somebody means who asks for a registry: a host whose repositories are listed, or one repository. Pure.
import { PhylloError } from '../../../lib/errors.ts';
import { safeText } from '../../../lib/text.ts';
import { isDigest } from '../../../oci/digest.ts';
import { familiarName, parseReference } from '../../../oci/reference.ts';

type RegistryPlace =
  | { readonly kind: 'host'; readonly host: string }
  /** Familiar, without a tag; `host` is that of its registry. */
  | { readonly kind: 'repository'; readonly repository: string; readonly host: string };

/** `host[:port]`, `host/repository`, `nginx`; `docker://` and a tag are left out. Throws `invalid-reference`. */
export function registryPlace(text: string): RegistryPlace {
  const name = text.replace(/^(?:docker:|https?:)\/\//, '');
  const host = name.replace(/\/$/, '');
  if (!host.includes('/') && (name.endsWith('/') || isHost(host))) return { kind: 'host', host };
  if (host === '') throw new PhylloError('invalid-reference', `read registry ${safeText(text)}: it is empty`);
  const reference = parseReference(host);
  return { kind: 'repository', repository: familiarName(reference), host: reference.host };
}

/** As in a reference the part before the first slash is told from a repository: by a dot, a port or `localhost`. */
function isHost(text: string): boolean {
  return (
    text === 'localhost' ||
    /^\[.*\]/.test(text) ||
    /^[^:]*\.[^:]*(?::\d+)?$/.test(text) ||
    /^localhost:\d+$/.test(text)
  );
}

/** Familiar, of a name; empty when it is none. */
export function repositoryOf(name: string | undefined): string {
  if (name === undefined || isDigest(name)) return '';
  try {
    return familiarName(parseReference(name));
  } catch {
    return '';
  }
}
