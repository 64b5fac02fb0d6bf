// The IMAGE argument of the command line, taken apart. Pure but for one question: does this path exist?
import { PhylloError } from '../lib/errors.ts';
import { safeText } from '../lib/text.ts';
import type { SaveFormat } from './save-format.ts';

export type ImageArgument =
  | { readonly kind: 'store'; readonly name: string }
  | { readonly kind: 'registry'; readonly name: string }
  /** Of a Docker or Podman engine; an empty name stands for the only image that it has. */
  | { readonly kind: 'docker-daemon'; readonly name: string }
  | { readonly kind: SaveFormat; readonly path: string; readonly select: string | undefined }
  /** A file or directory whose format is found out from what is in it. */
  | { readonly kind: 'path'; readonly path: string };

const FILE_KINDS: Readonly<Record<string, SaveFormat>> = {
  'docker-archive': 'docker-archive',
  'oci-archive': 'oci-archive',
  oci: 'oci-dir',
};
const REGISTRY = 'docker://';
const ENGINE = 'docker-daemon:';
const OTHER_TRANSPORTS = ['podman', 'container', 'containers-storage', 'dir', 'ostree'];

/**
 * `docker-archive:FILE[:REF|:@N]`, `oci-archive:FILE[:REF]`, `oci:DIR[:REF]`, an existing path, else a name or ID of the
 * store. `docker://REF` is straight from a registry, `docker-daemon:REF` an engine's. `exists` answers for paths. Throws `unsupported` for transports that phyllo does not read.
 */
export async function parseImageArgument(
  text: string,
  exists: (path: string) => Promise<boolean>,
): Promise<ImageArgument> {
  if (text.startsWith(REGISTRY)) return { kind: 'registry', name: text.slice(REGISTRY.length) };
  if (text.startsWith(ENGINE))
    return { kind: 'docker-daemon', name: text.slice(ENGINE.length).replace(/^\/\//, '') };
  const colon = text.indexOf(':');
  const prefix = colon < 0 ? '' : text.slice(0, colon);
  const kind = Object.hasOwn(FILE_KINDS, prefix) ? FILE_KINDS[prefix] : undefined;
  if (kind !== undefined) return fileArgument(kind, text.slice(colon + 1), exists);
  if (
    OTHER_TRANSPORTS.includes(prefix) &&
    (text.startsWith('//', colon + 1) || prefix.includes('-') || prefix === 'dir')
  ) {
    throw unsupported(prefix, text);
  }
  return (await exists(text)) ? { kind: 'path', path: text } : { kind: 'store', name: text };
}

async function fileArgument(
  kind: SaveFormat,
  rest: string,
  exists: (path: string) => Promise<boolean>,
): Promise<ImageArgument> {
  // dive writes docker-archive://FILE, where FILE may be relative.
  const text = rest.startsWith('//') ? rest.slice(2) : rest;
  if (text === '') throw new PhylloError('invalid-argument', `read image ${kind}:: the file name is missing`);
  if (await exists(text)) return { kind, path: text, select: undefined };
  for (let colon = text.indexOf(':'); colon >= 0; colon = text.indexOf(':', colon + 1)) {
    const path = text.slice(0, colon);
    if (path !== '' && (await exists(path)))
      return { kind, path, select: text.slice(colon + 1) || undefined };
  }
  const colon = text.indexOf(':');
  return colon < 0
    ? { kind, path: text, select: undefined }
    : { kind, path: text.slice(0, colon), select: text.slice(colon + 1) || undefined };
}

function unsupported(prefix: string, text: string): PhylloError {
  return new PhylloError(
    'unsupported',
    `open image ${safeText(text)}: ${prefix}: is not a source of this version`,
    {
      hint:
        prefix === 'podman'
          ? 'docker-daemon:REF asks the engine that DOCKER_HOST names, which may be a Podman.'
          : 'Save the image to a file first: docker save, podman save or skopeo copy.',
    },
  );
}
