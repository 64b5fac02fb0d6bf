// Owner, mode, times and xattrs of what was written, as far as the system and the caller allow; the rest is noted.
import { chmodSync, fchmodSync, fchownSync, lchownSync, lutimesSync, type BigIntStats } from 'node:fs';
import { getegid, geteuid } from 'node:process';
import { PhylloError, isPhylloError } from '../lib/errors.ts';
import { type NativeCalls, loadNative } from '../lib/native.ts';
import type { Warnings } from './apply-warnings.ts';

export interface Metadata {
  /** Permission bits with setuid, setgid and sticky (07777). */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly mtimeSeconds: number;
  readonly mtimeNanos: number;
  readonly xattrs: ReadonlyMap<string, Uint8Array> | undefined;
}

export interface AttributeOptions {
  /** Gives files to the users and groups that own them in the image. Default: when we are root. */
  readonly owners?: boolean;
  /** Keeps setuid and setgid bits, file capabilities and devices. Default: no, for they would count on this host. */
  readonly privileges?: boolean;
  /** For xattrs, devices and nanoseconds; null does without. Default: loaded here. */
  readonly native?: NativeCalls | null;
}

export interface Subject {
  /** In the image, for warnings. */
  readonly path: string;
  /** A path whose last component is not a link, or is the link that is meant. */
  readonly place: Buffer;
  readonly kind: 'file' | 'directory' | 'link' | 'node';
  readonly fd?: number;
}

export interface Node {
  readonly type: 'char' | 'block' | 'fifo';
  readonly major: number;
  readonly minor: number;
}

const CAPABILITIES = 'security.capability';
const OPAQUE = Buffer.from('y');
const SET_ID_BITS = 0o6000;
const NANOS = 1_000_000_000n;

export class Attributes {
  private readonly native: NativeCalls | undefined;
  private readonly owners: boolean;
  private readonly privileges: boolean;
  private readonly warnings: Warnings;

  constructor(options: AttributeOptions, warnings: Warnings) {
    this.owners = options.owners ?? geteuid?.() === 0;
    this.privileges = options.privileges ?? false;
    this.native = options.native === undefined ? loadNative() : (options.native ?? undefined);
    this.warnings = warnings;
  }

  /** In the one order that works: a change of owner takes set-ID bits and capabilities away. */
  apply(subject: Subject, metadata: Metadata): void {
    this.setOwner(subject, metadata);
    for (const [name, value] of metadata.xattrs ?? []) this.setXattr(subject, name, value);
    this.attempt('modification time not kept', subject, () => this.setTime(subject.place, metadata));
    if (subject.kind !== 'link') this.setMode(subject, metadata.mode);
  }

  /** False, with a warning, when the node could not be made. */
  makeNode({ path, place }: Subject, { type, major, minor }: Node): boolean {
    try {
      if (this.native !== undefined && (type === 'fifo' || this.privileges)) {
        this.native.makeNode(place, type, 0o600, major, minor);
        return true;
      }
    } catch (error) {
      if (isPhylloError(error, 'no-space')) throw error;
    }
    this.warnings.note(type === 'fifo' ? 'named pipe left out' : 'device node left out', path);
    return false;
  }

  /** overlayfs's mark for a name that is gone. Any user may make this one device in a namespace of their own. */
  makeWhiteout(place: Buffer): void {
    this.needNative().makeNode(place, 'char', 0, 0, 0);
  }

  /** `trusted.` takes root of the machine; `user.` counts where overlayfs is mounted with `userxattr`. */
  markOpaque(place: Buffer, xattr: string): void {
    this.needNative().setXattr(place, xattr, OPAQUE);
  }

  private needNative(): NativeCalls {
    if (this.native) return this.native;
    throw new PhylloError(
      'unsupported',
      'mark what a layer hides: koffi, which makes system calls, is not there',
      {
        hint: 'Install phyllo with its optional dependencies.',
      },
    );
  }

  private setOwner({ path, place, fd }: Subject, { uid, gid }: Metadata): void {
    if (!this.owners) {
      if (uid !== geteuid?.() || gid !== getegid?.())
        this.warnings.note('owner not kept, which takes root', path);
      return;
    }
    this.attempt('owner not kept', { path }, () =>
      fd === undefined ? lchownSync(place, uid, gid) : fchownSync(fd, uid, gid),
    );
  }

  private setXattr(subject: Subject, name: string, value: Uint8Array): void {
    if (isHostsOwn(name)) return;
    if (name === CAPABILITIES && !this.privileges) {
      return this.warnings.note('file capabilities left out', subject.path);
    }
    this.attempt(`extended attribute ${name} not kept`, subject, () => {
      if (this.native === undefined) throw new Error('no way to write it');
      this.native.setXattr(subject.place, name, value);
    });
  }

  private setTime(place: Buffer, { mtimeSeconds, mtimeNanos }: Metadata): void {
    if (this.native) return this.native.setTimes(place, mtimeSeconds, mtimeNanos);
    // A Date, for Node takes a number below zero for the present.
    const time = mtimeSeconds < 0 ? new Date(mtimeSeconds * 1000) : mtimeSeconds + mtimeNanos / 1e9;
    lutimesSync(place, time, time);
  }

  private setMode(subject: Subject, mode: number): void {
    const kept = this.privileges ? mode : mode & ~SET_ID_BITS;
    if (kept !== mode) this.warnings.note('setuid and setgid bits left out', subject.path);
    this.attempt('mode not kept', subject, () =>
      subject.fd === undefined ? chmodSync(subject.place, kept) : fchmodSync(subject.fd, kept),
    );
  }

  private attempt(what: string, { path }: { path: string }, action: () => void): void {
    try {
      action();
    } catch {
      this.warnings.note(what, path);
    }
  }
}

/** Attributes that mean something to this host and not to an image: never taken from one, never put into one. */
export function isHostsOwn(name: string): boolean {
  return /^(?:trusted|user)\.overlay\./.test(name) || name === 'security.selinux';
}

/** What a file or directory has now; its xattrs stay as they are. */
export function metadataOf({ mode, uid, gid, mtimeNs }: BigIntStats): Metadata {
  const nanos = ((mtimeNs % NANOS) + NANOS) % NANOS;
  return {
    mode: Number(mode & 0o7777n),
    uid: Number(uid),
    gid: Number(gid),
    mtimeSeconds: Number((mtimeNs - nanos) / NANOS),
    mtimeNanos: Number(nanos),
    xattrs: undefined,
  };
}
