// `-v`, `--tmpfs` and VOLUME, as docker reads them. What a container may not be given of the host is refused here.
import { posix } from 'node:path';
import { PhylloError } from '../lib/errors.ts';
import { safeText } from '../lib/text.ts';
import type { Mount } from './container.ts';

const VOLUME_NAME = /^[a-zA-Z0-9][a-zA-Z0-9_.-]{1,254}$/;
/** docker's for SELinux and for machines whose files are elsewhere: they change nothing here. */
const MEANINGLESS: ReadonlySet<string> = new Set(['z', 'Z', 'cached', 'delegated', 'consistent']);
/** Mounting over these takes away what keeps a container in. */
const KERNEL_TARGETS = /^\/(?:proc|sys)(?:\/|$)/;

/** `/path:/target[:ro]`, `name:/target[:ro]`, `/target`. Writable unless `ro`. Throws `invalid-argument`, `unsupported`. */
export function parseVolumeSpec(text: string): Mount {
  const parts = text.split(':');
  if (parts.length > 3 || parts.includes('')) throw wrong(text, 'it is not [source:]target[:mode]');
  const [first = '', second, mode] = parts;
  if (second === undefined) {
    return { type: 'volume', name: undefined, target: mountTarget(first, text), readOnly: false };
  }
  const target = mountTarget(second, text);
  const readOnly = isReadOnly(mode, text);
  if (first.startsWith('/')) return { type: 'bind', source: cleanPath(first), target, readOnly };
  if (VOLUME_NAME.test(first)) return { type: 'volume', name: first, target, readOnly };
  throw new PhylloError(
    'invalid-argument',
    `read volume ${safeText(text)}: ${safeText(first)} is no volume name`,
    { hint: 'If you mean a directory of this machine, give its absolute path.' },
  );
}

/** Each of the image's VOLUMEs that nothing is mounted on, as docker makes them. Throws `invalid-argument`. */
export function allMounts(asked: readonly Mount[], imageVolumes: readonly string[]): Mount[] {
  const targets = new Set<string>();
  for (const { target } of asked) {
    if (targets.has(target)) throw wrong(target, 'something is mounted there already');
    targets.add(target);
  }
  const volumes = new Set(imageVolumes.map((path) => mountTarget(path, path)));
  const own = [...volumes]
    .filter((target) => !targets.has(target))
    .map((target): Mount => ({ type: 'volume', name: undefined, target, readOnly: false }));
  return [...asked, ...own];
}

/** A place on the host that no container gets, and what it is. */
export interface ProtectedPath {
  /** Absolute, without links. */
  readonly path: string;
  readonly title: string;
}

export interface HostPlaces {
  readonly storeRoot: string;
  readonly configDir: string;
  readonly home: string;
}

export function protectedPaths({ storeRoot, configDir, home }: HostPlaces): ProtectedPath[] {
  return [
    { path: storeRoot, title: 'the store' },
    { path: configDir, title: 'the configuration of phyllo' },
    { path: posix.join(home, '.ssh'), title: 'SSH keys' },
    { path: posix.join(home, '.gnupg'), title: 'GnuPG keys' },
    { path: posix.join(home, '.docker'), title: 'credentials of registries' },
    { path: '/proc', title: 'a file system of the kernel' },
    { path: '/sys', title: 'a file system of the kernel' },
    ...['/run', '/var/run'].map((path) => ({
      path: `${path}/docker.sock`,
      title: 'control of this machine',
    })),
  ];
}

/**
 * `source` with all links resolved. Refuses what is protected, what lies in it, and what holds it: `/` holds all.
 * Throws `invalid-argument`.
 */
export function checkBindSource(source: string, places: readonly ProtectedPath[]): void {
  const wanted = cleanPath(source);
  const place =
    wanted === '/'
      ? { path: '/', title: 'the whole machine' }
      : places.find(({ path }) => isWithin(wanted, path) || isWithin(path, wanted));
  if (place === undefined) return;
  throw new PhylloError(
    'invalid-argument',
    `bind ${safeText(source)}: ${place.path === wanted ? 'it' : safeText(place.path)} is ${place.title}`,
    {
      hint: 'No container gets it. Bind a directory that neither is, holds nor lies in it.',
      data: { path: source },
    },
  );
}

/** Absolute and without `.`, `..`, doubled and trailing slashes; never the root itself. */
export function mountTarget(target: string, text: string): string {
  if (!target.startsWith('/')) throw wrong(text, 'the target in the container needs to be an absolute path');
  if (target.includes('\0')) throw wrong(text, 'it has a NUL character');
  const clean = cleanPath(target);
  if (clean === '/') throw wrong(text, 'nothing can be mounted on /');
  if (KERNEL_TARGETS.test(clean)) throw wrong(text, 'nothing can be mounted on /proc and /sys');
  return clean;
}

function isReadOnly(mode: string | undefined, text: string): boolean {
  const modes = mode?.split(',') ?? [];
  if (modes.includes('ro') && modes.includes('rw')) throw wrong(text, 'it is both ro and rw');
  for (const word of modes) {
    if (word === 'ro' || word === 'rw' || MEANINGLESS.has(word)) continue;
    throw new PhylloError('unsupported', `read volume ${safeText(text)}: unknown mode ${safeText(word)}`, {
      hint: 'The modes are ro and rw.',
    });
  }
  return modes.includes('ro');
}

function isWithin(path: string, directory: string): boolean {
  return path === directory || path.startsWith(`${directory}/`);
}

function cleanPath(path: string): string {
  return posix
    .normalize(path)
    .replace(/^\/+/, '/')
    .replace(/(?<=.)\/$/, '');
}

function wrong(text: string, reason: string): PhylloError {
  return new PhylloError('invalid-argument', `read volume ${safeText(text)}: ${reason}`, {
    hint: 'Examples: /data:/data:ro, cache:/var/cache, /scratch.',
  });
}
