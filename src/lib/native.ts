// The one place that calls C: flock, xattrs, device nodes, nanosecond times, syncfs. koffi is optional and prebuilt; where it is
// absent or refuses to load, `loadNative` gives undefined and callers say what they cannot do.
import { createRequire } from 'node:module';
import { arch, platform } from 'node:process';
import { PhylloError } from './errors.ts';

export interface NativeCalls {
  /** flock(2) without waiting; false when another holds it. */
  tryLock(fd: number, mode: 'shared' | 'exclusive'): boolean;
  /** Extended attributes of the link itself; undefined where the file system has none. Linux only. */
  getXattr(path: Uint8Array, name: string): Uint8Array | undefined;
  listXattrs(path: Uint8Array): string[];
  setXattr(path: Uint8Array, name: string, value: Uint8Array): void;
  makeNode(
    path: Uint8Array,
    type: 'char' | 'block' | 'fifo',
    mode: number,
    major: number,
    minor: number,
  ): void;
  /** mount(2); `target` may be relative to the working directory, `options` are the file system's own. */
  mount(type: string, target: string, flags: { readonly noDevices?: boolean }, options: string): void;
  /** Takes the mount away at once; what still uses it keeps it until it ends. */
  unmount(target: string): void;
  /** Programs that are started do not have the open file. */
  closesOnExec(fd: number): boolean;
  /** Sets times of the link itself. */
  setTimes(path: Uint8Array, seconds: number, nanos: number): void;
  /** Makes durable what was written to the file system that holds the open file or directory. Linux only. */
  syncFileSystem(fd: number): void;
}

interface Koffi {
  load(path: string): { func(declaration: string): (...args: unknown[]) => number };
  errno(): number;
  os: { errno: Readonly<Record<string, number>> };
}

const LOCK = { shared: 1, exclusive: 2 } as const;
const LOCK_NONBLOCKING = 4;
const MODE_TYPES = { char: 0o020000, block: 0o060000, fifo: 0o010000 } as const;
const AT_FDCWD = -100;
const MS_NODEV = 4;
const MNT_DETACH = 2;
const F_GETFD = 1;
const FD_CLOEXEC = 1;
const AT_SYMLINK_NOFOLLOW = 0x100;
const MAX_XATTR_BYTES = 64 * 1024;

/** Loads libc on the first call. */
export const loadNative = once(load);

function load(): NativeCalls | undefined {
  if (platform !== 'linux' && platform !== 'darwin') return undefined;
  try {
    const koffi = loadKoffi();
    return bind(koffi, koffi.load(platform === 'darwin' ? 'libSystem.dylib' : 'libc.so.6'));
  } catch {
    return undefined;
  }
}

/** What never changes is looked for once in a process. */
function once<Value>(find: () => Value): () => Value {
  let found: { readonly value: Value } | undefined;
  return () => (found ??= { value: find() }).value;
}

/**
 * The package looks for its binary in eight milliseconds, most of them spent on reading Node's own file; the binary that is
 * right nearly everywhere is loaded in one. Where it is not (another C library, a copy that was put together by hand) the package finds another.
 */
function loadKoffi(): Koffi {
  const require = createRequire(import.meta.url);
  try {
    const ofPackage = createRequire(require.resolve('koffi'));
    return ofPackage(`@koromix/koffi-${platform}-${arch}/${platform}_${arch}/koffi.node`) as Koffi;
  } catch {
    return require('koffi') as Koffi;
  }
}

function bind(koffi: Koffi, libc: ReturnType<Koffi['load']>): NativeCalls {
  const flock = libc.func('int flock(int fd, int operation)');
  const tryLock = (fd: number, mode: 'shared' | 'exclusive'): boolean => {
    if (flock(fd, LOCK[mode] | LOCK_NONBLOCKING) === 0) return true;
    if (koffi.errno() === koffi.os.errno['EAGAIN'] || koffi.errno() === koffi.os.errno['EWOULDBLOCK'])
      return false;
    throw systemError(koffi, 'lock file');
  };
  if (platform !== 'linux') return { tryLock, ...unsupported() };
  return { tryLock, ...bindLinux(koffi, libc) };
}

function bindLinux(koffi: Koffi, libc: ReturnType<Koffi['load']>): Omit<NativeCalls, 'tryLock'> {
  const lgetxattr = libc.func(
    'intptr_t lgetxattr(const uint8_t *path, const char *name, uint8_t *value, size_t size)',
  );
  const llistxattr = libc.func('intptr_t llistxattr(const uint8_t *path, uint8_t *list, size_t size)');
  const lsetxattr = libc.func(
    'int lsetxattr(const uint8_t *path, const char *name, const uint8_t *value, size_t size, int flags)',
  );
  const mknod = libc.func('int mknod(const uint8_t *path, uint32_t mode, uint64_t dev)');
  const utimensat = libc.func(
    'int utimensat(int dirfd, const uint8_t *path, const int64_t *times, int flags)',
  );
  const syncfs = libc.func('int syncfs(int fd)');
  const mount = libc.func(
    'int mount(const char *source, const char *target, const char *type, unsigned long flags, const char *data)',
  );
  const fcntl = libc.func('int fcntl(int fd, int command, int argument)');
  const umount2 = libc.func('int umount2(const char *target, int flags)');
  const missing = new Set(['ENODATA', 'ENOTSUP', 'EOPNOTSUPP'].map((name) => koffi.os.errno[name]));
  return {
    getXattr(path, name) {
      const value = Buffer.alloc(MAX_XATTR_BYTES);
      const length = Number(lgetxattr(terminated(path), name, value, value.length));
      if (length >= 0) return value.subarray(0, length);
      if (missing.has(koffi.errno())) return undefined;
      throw systemError(koffi, 'read xattr');
    },
    listXattrs(path) {
      // Most files have none: asking for the length alone spares the buffer.
      if (Number(llistxattr(terminated(path), null, 0)) === 0) return [];
      const list = Buffer.alloc(MAX_XATTR_BYTES);
      const length = Number(llistxattr(terminated(path), list, list.length));
      if (length < 0 && missing.has(koffi.errno())) return [];
      if (length < 0) throw systemError(koffi, 'list xattrs');
      return list.toString('utf8', 0, length).split('\0').filter(Boolean);
    },
    setXattr(path, name, value) {
      const data = value.length === 0 ? Buffer.alloc(1) : value;
      if (lsetxattr(terminated(path), name, data, value.length, 0) !== 0)
        throw systemError(koffi, 'write xattr');
    },
    makeNode(path, type, mode, major, minor) {
      if (mknod(terminated(path), MODE_TYPES[type] | mode, deviceNumber(major, minor)) !== 0)
        throw systemError(koffi, 'make node');
    },
    setTimes(path, seconds, nanos) {
      const times = BigInt64Array.of(BigInt(seconds), BigInt(nanos), BigInt(seconds), BigInt(nanos));
      if (utimensat(AT_FDCWD, terminated(path), times, AT_SYMLINK_NOFOLLOW) !== 0)
        throw systemError(koffi, 'set times');
    },
    mount(type, target, { noDevices = false }, options) {
      if (mount(type, target, type, noDevices ? MS_NODEV : 0, options) !== 0)
        throw systemError(koffi, `mount ${type}`);
    },
    unmount(target) {
      if (umount2(target, MNT_DETACH) !== 0) throw systemError(koffi, 'unmount');
    },
    closesOnExec(fd) {
      const flags = fcntl(fd, F_GETFD, 0);
      if (flags < 0) throw systemError(koffi, 'look at open file');
      return (flags & FD_CLOEXEC) !== 0;
    },
    syncFileSystem(fd) {
      if (syncfs(fd) !== 0) throw systemError(koffi, 'sync file system');
    },
  };
}

/** glibc's makedev. */
function deviceNumber(major: number, minor: number): bigint {
  const [high, low] = [BigInt(major), BigInt(minor)];
  return (
    ((high & 0xfffff000n) << 32n) | ((high & 0xfffn) << 8n) | ((low & 0xffffff00n) << 12n) | (low & 0xffn)
  );
}

function terminated(path: Uint8Array): Uint8Array {
  return Buffer.concat([path, Buffer.alloc(1)]);
}

function systemError(koffi: Koffi, doing: string): PhylloError {
  const number = koffi.errno();
  const name = Object.entries(koffi.os.errno).find(([, value]) => value === number)?.[0] ?? `errno ${number}`;
  const code =
    name === 'EPERM' || name === 'EACCES'
      ? 'read-only'
      : name === 'ENOSPC' || name === 'EDQUOT'
        ? 'no-space'
        : 'io';
  return new PhylloError(code, `${doing}: ${name}`, { data: { errno: name } });
}

function unsupported(): Omit<NativeCalls, 'tryLock'> {
  const refuse = (): never => {
    throw new PhylloError('unsupported', 'call system: not on this operating system');
  };
  return {
    getXattr: refuse,
    listXattrs: refuse,
    setXattr: refuse,
    makeNode: refuse,
    setTimes: refuse,
    mount: refuse,
    unmount: refuse,
    closesOnExec: refuse,
    syncFileSystem: refuse,
  };
}
