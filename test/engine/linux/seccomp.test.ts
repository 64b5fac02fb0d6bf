// The filter of system calls, as data.
import { expect, test } from 'vitest';
import { seccompProfile } from '../../../src/engine/linux/seccomp.ts';

const profile = seccompProfile('x64')!;
const always = new Set(
  profile.syscalls.filter(({ args }) => args === undefined).flatMap(({ names }) => names),
);

test('ordinary calls are allowed, all others fail with EPERM', () => {
  for (const name of ['read', 'openat2', 'execve', 'futex', 'statx', 'close_range', 'arch_prctl', 'rseq']) {
    expect(always).toContain(name);
  }
  expect(profile).toMatchObject({ defaultAction: 'SCMP_ACT_ERRNO', defaultErrnoRet: 1 });
});

test('calls that reach for the machine are not allowed', () => {
  const dangerous = [
    'mount',
    'umount2',
    'pivot_root',
    'setns',
    'unshare',
    'bpf',
    'keyctl',
    'add_key',
    'reboot',
  ]
    .concat(['init_module', 'kexec_load', 'open_by_handle_at', 'perf_event_open', 'io_uring_setup'])
    .concat(['userfaultfd', 'move_mount', 'fsopen', 'swapon', 'settimeofday', 'iopl', 'ioperm', 'syslog']);
  for (const name of dangerous) expect(always).not.toContain(name);
});

test('no name is there twice, and clone3 answers that it is unknown', () => {
  const [all] = profile.syscalls;
  expect(new Set(all!.names).size).toBe(all!.names.length);
  const clone3 = profile.syscalls.find(({ names }) => names.includes('clone3'));
  expect(clone3).toMatchObject({ action: 'SCMP_ACT_ERRNO', errnoRet: 38 });
});

test('sockets of a hypervisor and of kernel cryptography are refused, others are not', () => {
  const families = profile.syscalls
    .filter(({ names }) => names.includes('socket'))
    .map(({ args }) => args![0]!.value);
  expect(families).toEqual(expect.arrayContaining([1, 2, 10, 16, 17]));
  for (const family of [38, 40]) expect(families).not.toContain(family);
});

test('clone may not make namespaces', () => {
  const clone = profile.syscalls.find(({ names }) => names.includes('clone'));
  expect(clone!.args).toEqual([{ index: 0, value: 0x7e020000, valueTwo: 0, op: 'SCMP_CMP_MASKED_EQ' }]);
});

test('an architecture that we do not know has no profile', () => {
  expect(seccompProfile('mips')).toBeUndefined();
  expect(seccompProfile('arm64')!.architectures).toEqual(['SCMP_ARCH_AARCH64', 'SCMP_ARCH_ARM']);
});
