// `RUN --mount`, read: what is to be mounted where. Pure.
import { posix } from 'node:path';
import type { RunMount } from '../dockerfile/instruction.ts';
import { nearest } from '../lib/nearest.ts';
import { dockerfileError } from './dockerfile-error.ts';
import type { KeyPart } from './cache-key.ts';

export type MountPlan =
  | {
      readonly type: 'bind';
      readonly target: string;
      /** A stage, an image, a named context; undefined: the context. */
      readonly from: string | undefined;
      /** Within it; clamped there. */
      readonly source: string;
      /** What is written is dropped after the step. */
      readonly writable: boolean;
    }
  | {
      readonly type: 'cache';
      readonly target: string;
      readonly id: string;
      readonly sharing: 'shared' | 'private' | 'locked';
      readonly readOnly: boolean;
      readonly from: string | undefined;
      readonly source: string;
      readonly mode: number;
      readonly uid: number;
      readonly gid: number;
    }
  | { readonly type: 'tmpfs'; readonly target: string; readonly sizeBytes: number | undefined }
  | {
      readonly type: 'secret';
      readonly id: string;
      /** undefined where it is only a variable. */
      readonly target: string | undefined;
      readonly env: string | undefined;
      readonly required: boolean;
      readonly mode: number;
      readonly uid: number;
      readonly gid: number;
    }
  | {
      readonly type: 'ssh';
      readonly id: string;
      readonly target: string;
      readonly required: boolean;
      readonly mode: number;
      readonly uid: number;
      readonly gid: number;
    };

/** Names as they are written, and what they mean. */
const NAMES: Readonly<Record<string, string>> = {
  src: 'source',
  dst: 'target',
  destination: 'target',
  ro: 'readonly',
  rw: 'readwrite',
};
const KNOWN: Readonly<Record<MountPlan['type'], readonly string[]>> = {
  bind: ['target', 'source', 'from', 'readonly', 'readwrite'],
  cache: ['target', 'id', 'sharing', 'readonly', 'readwrite', 'from', 'source', 'mode', 'uid', 'gid'],
  tmpfs: ['target', 'size'],
  secret: ['target', 'id', 'source', 'env', 'required', 'mode', 'uid', 'gid'],
  ssh: ['target', 'id', 'required', 'mode', 'uid', 'gid'],
};
const SHARINGS = ['shared', 'private', 'locked'] as const;
const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  k: 1024,
  m: 1024 ** 2,
  g: 1024 ** 3,
  t: 1024 ** 4,
};

/** `index` of the mount in its instruction names sockets of agents; values are expanded by then. Throws `invalid-dockerfile`. */
export function planMount({ options, range }: RunMount, workingDir: string, index: number): MountPlan {
  const wrong = (reason: string, hint?: string): Error =>
    dockerfileError(range, `--mount: ${reason}`, hint === undefined ? {} : { hint });
  const given = new Map(
    options.map(([name, value]) => [NAMES[name.toLowerCase()] ?? name.toLowerCase(), value]),
  );
  const type = (given.get('type') ?? 'bind').toLowerCase();
  if (!isMountType(type)) {
    const near = nearest(type, Object.keys(KNOWN));
    throw wrong(`there is no type ${JSON.stringify(type)}`, near && `Did you mean ${near}?`);
  }
  for (const name of given.keys()) {
    if (name === 'type' || KNOWN[type].includes(name)) continue;
    const near = nearest(name, KNOWN[type]);
    throw wrong(`${type} has no option ${JSON.stringify(name)}`, near && `Did you mean ${near}?`);
  }
  const flag = (name: string): boolean => {
    const value = given.get(name)?.toLowerCase();
    if (value === undefined) return false;
    if (['true', '1', ''].includes(value)) return true;
    if (['false', '0'].includes(value)) return false;
    throw wrong(`${name}=${value} is neither true nor false`);
  };
  const number = (name: string, fallback: number, radix = 10): number => {
    const text = given.get(name);
    if (text === undefined) return fallback;
    const digits = radix === 8 ? /^(?:0o?)?[0-7]{1,7}$/ : /^\d{1,10}$/;
    if (!digits.test(text)) throw wrong(`${name}=${text} is no number`);
    return Number.parseInt(text.replace(/^0o/, ''), radix);
  };
  const target = (): string => {
    const text = given.get('target');
    if (text === undefined || text === '') throw wrong(`${type} needs a target`);
    return mountPlace(text, workingDir, wrong);
  };
  const ids = (): { uid: number; gid: number } => ({ uid: number('uid', 0), gid: number('gid', 0) });
  switch (type) {
    case 'bind':
      return {
        type,
        target: target(),
        from: given.get('from'),
        source: clamped(given.get('source') ?? '/'),
        writable: flag('readwrite') || (given.has('readonly') && !flag('readonly')),
      };
    case 'cache': {
      const place = target();
      const sharing = given.get('sharing')?.toLowerCase() ?? 'shared';
      if (!isSharing(sharing)) throw wrong(`sharing=${sharing} is none of ${SHARINGS.join(', ')}`);
      return {
        type,
        target: place,
        id: given.get('id') || place,
        sharing,
        readOnly: flag('readonly'),
        from: given.get('from'),
        source: clamped(given.get('source') ?? '/'),
        mode: number('mode', 0o755, 8),
        ...ids(),
      };
    }
    case 'tmpfs':
      return { type, target: target(), sizeBytes: sizeOf(given.get('size'), wrong) };
    case 'secret': {
      const path = given.get('target');
      const env = given.get('env');
      const id = given.get('id') || given.get('source') || (path && posix.basename(path));
      if (!id) throw wrong('secret needs an id');
      const place = path ?? (env === undefined ? `/run/secrets/${posix.basename(id)}` : undefined);
      return {
        type,
        id,
        target: place === undefined ? undefined : mountPlace(place, workingDir, wrong),
        env,
        required: flag('required'),
        mode: number('mode', 0o400, 8),
        ...ids(),
      };
    }
    case 'ssh':
      return {
        type,
        id: given.get('id') || 'default',
        target: mountPlace(given.get('target') ?? `/run/buildkit/ssh_agent.${index}`, workingDir, wrong),
        required: flag('required'),
        mode: number('mode', 0o600, 8),
        ...ids(),
      };
  }
}

function isMountType(type: string): type is MountPlan['type'] {
  return Object.hasOwn(KNOWN, type);
}

function isSharing(text: string): text is (typeof SHARINGS)[number] {
  return SHARINGS.some((sharing) => sharing === text);
}

type Wrong = (reason: string, hint?: string) => Error;

function mountPlace(text: string, workingDir: string, wrong: Wrong): string {
  const clean = posix
    .normalize(posix.isAbsolute(text) ? text : posix.join(workingDir, text))
    .replace(/(?<=.)\/$/, '');
  if (clean === '/' || text.includes('\0')) throw wrong(`nothing can be mounted on ${JSON.stringify(text)}`);
  return clean;
}

/** Nothing leads out of where it is taken from. */
function clamped(path: string): string {
  return posix.normalize(`/${path}`);
}

function sizeOf(text: string | undefined, wrong: Wrong): number | undefined {
  if (text === undefined) return undefined;
  const match = /^(\d{1,15})([bkmgt]?)(?:i?b)?$/i.exec(text);
  if (!match) throw wrong(`size=${text} is no size`, 'Write 64m or 1g.');
  return Number(match[1]) * UNITS[match[2]!.toLowerCase()]!;
}

/** Secrets and sockets are no part of what a step's result depends on, nor is what a cache happens to hold. */
export function mountKey(mount: MountPlan, contentDigest: string | undefined): KeyPart | undefined {
  switch (mount.type) {
    case 'bind':
      return { name: `mount ${mount.target}`, value: `bind ${mount.source} ${contentDigest ?? ''}` };
    case 'cache':
      return { name: `mount ${mount.target}`, value: `cache ${contentDigest ?? ''}`.trim() };
    case 'tmpfs':
      return { name: `mount ${mount.target}`, value: `tmpfs ${mount.sizeBytes ?? ''}`.trim() };
    case 'secret':
      return { name: `secret ${mount.id}`, value: `${mount.target ?? ''} ${mount.env ?? ''}`.trim() };
    case 'ssh':
      return { name: `ssh ${mount.id}`, value: mount.target };
  }
}
