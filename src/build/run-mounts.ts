// `RUN --mount`, read: what is to be mounted where. Pure.
import { posix } from 'node:path';
import { parseBoolean } from '../dockerfile/directives.ts';
import type { RunMount } from '../dockerfile/instruction.ts';
import { MOUNT_SHARINGS, MOUNT_TYPES, MOUNT_TYPES_OF } from '../dockerfile/instructions/mount.ts';
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
/** What the others have no use for is not looked at, as in BuildKit. */
const TYPES_OF: Readonly<Record<string, readonly string[]>> = {
  ...MOUNT_TYPES_OF,
  source: ['bind', 'cache', 'tmpfs', 'secret'],
};
const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  k: 1024,
  m: 1024 ** 2,
  g: 1024 ** 3,
  t: 1024 ** 4,
  p: 1024 ** 5,
};
const OTHERS = ['type', 'target', 'id', 'env', 'readonly', 'readwrite'];
const MAX_ID = 2 ** 32 - 1;
const MAX_MODE = 0o7777;

/** `index` of the mount in its instruction names sockets of agents; values are expanded by then. Throws `invalid-dockerfile`. */
export function planMount({ options, range }: RunMount, workingDir: string, index: number): MountPlan {
  const wrong = (reason: string, hint?: string): Error =>
    dockerfileError(range, `--mount: ${reason}`, hint === undefined ? {} : { hint });
  const read = new MountOptions(options, wrong);
  const target = (): string => mountPlace(read.text('target') ?? '', workingDir, wrong);
  const ids = (): { uid: number; gid: number } => ({
    uid: read.number('uid', 0),
    gid: read.number('gid', 0),
  });
  switch (read.type) {
    case 'bind':
      return {
        type: 'bind',
        target: target(),
        from: read.text('from'),
        source: clamped(read.text('source') ?? '/'),
        writable: read.isReadOnly === false,
      };
    case 'cache': {
      const place = target();
      return {
        type: 'cache',
        target: place,
        id: read.text('id') ?? place,
        sharing: read.sharing,
        readOnly: read.isReadOnly === true,
        from: read.text('from'),
        source: clamped(read.text('source') ?? '/'),
        mode: read.number('mode', 0o755, 8),
        ...ids(),
      };
    }
    case 'tmpfs':
      return { type: 'tmpfs', target: target(), sizeBytes: sizeOf(read.text('size'), wrong) };
    case 'secret':
      return { ...secretPlace(read, workingDir, wrong), mode: read.number('mode', 0o400, 8), ...ids() };
    case 'ssh':
      return {
        type: 'ssh',
        id: read.text('id') ?? 'default',
        target: mountPlace(read.text('target') ?? `/run/buildkit/ssh_agent.${index}`, workingDir, wrong),
        required: read.isTrue('required'),
        mode: read.number('mode', 0o600, 8),
        ...ids(),
      };
  }
}

function secretPlace(
  read: MountOptions,
  workingDir: string,
  wrong: Wrong,
): Pick<MountPlan & { type: 'secret' }, 'type' | 'id' | 'target' | 'env' | 'required'> {
  const [path, env, source] = [read.text('target'), read.text('env'), read.text('source')];
  const named = read.text('id');
  if (named !== undefined && source !== undefined) throw wrong('a secret has an id or a source, not both');
  const id = named ?? source ?? (path && posix.basename(path));
  if (!id) throw wrong('a secret needs an id or a target');
  const name = posix.basename(id);
  if (path === undefined && env === undefined && ['', '.', '..'].includes(name))
    throw wrong(`the secret ${JSON.stringify(id)} needs a target`);
  const place = path ?? (env === undefined ? `/run/secrets/${name}` : undefined);
  return {
    type: 'secret',
    id,
    target: place === undefined ? undefined : mountPlace(place, workingDir, wrong),
    env,
    required: read.isTrue('required'),
  };
}

/** The options by what they mean; of one that is there twice the last counts. */
class MountOptions {
  readonly type: MountPlan['type'];
  /** undefined where nothing was said. */
  readonly isReadOnly: boolean | undefined;
  private readonly given = new Map<string, string>();
  private readonly wrong: Wrong;

  constructor(options: RunMount['options'], wrong: Wrong) {
    this.wrong = wrong;
    let isReadOnly: boolean | undefined;
    for (const [written, value] of options) {
      const name = Object.hasOwn(NAMES, written) ? NAMES[written]! : written;
      this.given.set(name, value);
      if (name === 'readonly') isReadOnly = this.isTrue(name);
      if (name === 'readwrite') isReadOnly = !this.isTrue(name);
    }
    this.isReadOnly = isReadOnly;
    this.type = this.choice('type', MOUNT_TYPES, 'bind');
    for (const name of this.given.keys()) this.check(name);
  }

  get sharing(): (typeof MOUNT_SHARINGS)[number] {
    return this.choice('sharing', MOUNT_SHARINGS, 'shared');
  }

  /** undefined for an empty one, too. */
  text(name: string): string | undefined {
    return this.given.get(name) || undefined;
  }

  isTrue(name: string): boolean {
    const text = this.given.get(name);
    const value = text === undefined ? false : parseBoolean(text);
    if (value === undefined) throw this.wrong(`${name}=${text} is neither true nor false`);
    return value;
  }

  number(name: string, fallback: number, radix: 8 | 10 = 10): number {
    const text = this.given.get(name);
    if (text === undefined) return fallback;
    const value = (radix === 8 ? /^[0-7]{1,11}$/ : /^\d{1,10}$/).test(text)
      ? Number.parseInt(text, radix)
      : Number.NaN;
    if (value <= (radix === 8 ? MAX_MODE : MAX_ID)) return value;
    throw this.wrong(`${name}=${text} is no ${radix === 8 ? 'mode' : 'number of an owner'}`);
  }

  private check(name: string): void {
    const types = Object.hasOwn(TYPES_OF, name) ? TYPES_OF[name]! : undefined;
    if (types?.includes(this.type) ?? OTHERS.includes(name)) return;
    const near = nearest(name, [...OTHERS, ...Object.keys(TYPES_OF)]);
    throw types === undefined
      ? this.wrong(`there is no option ${JSON.stringify(name)}`, near && `Did you mean ${near}?`)
      : this.wrong(`a mount of type ${this.type} has no ${name}`);
  }

  private choice<Choice extends string>(name: string, choices: readonly Choice[], fallback: Choice): Choice {
    const text = this.given.get(name);
    if (text === undefined) return fallback;
    const found = choices.find((choice) => choice === text.toLowerCase());
    if (found !== undefined) return found;
    const near = nearest(text, choices);
    throw this.wrong(
      `there is no ${name} ${JSON.stringify(text)}`,
      near === undefined ? `It is one of ${choices.join(', ')}.` : `Did you mean ${near}?`,
    );
  }
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

/** `64m`, `1.5g`, `1GiB`: units of 1024, as docker reads them. */
function sizeOf(text: string | undefined, wrong: Wrong): number | undefined {
  if (text === undefined) return undefined;
  const match = /^(\d{1,15}(?:\.\d{1,15})?) ?([kmgtp]?)i?b?$/i.exec(text);
  const bytes = match ? Math.floor(Number(match[1]) * UNITS[match[2]!.toLowerCase()]!) : Number.NaN;
  if (Number.isSafeInteger(bytes)) return bytes;
  throw wrong(`size=${text} is no size`, 'Write 64m or 1g.');
}

/** What secrets and sockets are is no part of what a step's result depends on, nor is what a cache happens to hold. */
export function mountKey(mount: MountPlan, contentDigest: string | undefined): KeyPart {
  const value = (...words: readonly (string | number | false | undefined)[]): string =>
    words.filter((word) => word !== undefined && word !== false && word !== '').join(' ');
  switch (mount.type) {
    case 'bind':
      return {
        name: `mount ${mount.target}`,
        value: value('bind', mount.writable && 'rw', mount.source, contentDigest),
      };
    case 'cache':
      return { name: `mount ${mount.target}`, value: value('cache', mount.readOnly && 'ro', contentDigest) };
    case 'tmpfs':
      return { name: `mount ${mount.target}`, value: value('tmpfs', mount.sizeBytes) };
    case 'secret':
      return { name: `secret ${mount.id}`, value: value(mount.target, mount.env, fileKey(mount)) };
    case 'ssh':
      return { name: `ssh ${mount.id}`, value: value(mount.target, fileKey(mount)) };
  }
}

function fileKey({ mode, uid, gid }: { mode: number; uid: number; gid: number }): string {
  return `${mode.toString(8)} ${uid}:${gid}`;
}
