// A container as configuration of an OCI runtime.
import { expect, test } from 'vitest';
import type { ContainerConfig } from '../../../src/engine/container.ts';
import { ociConfig, userMounts } from '../../../src/engine/linux/oci-bundle.ts';
import { MountCalls } from '../../../src/engine/linux/mount-calls.ts';
import { OciRuntime } from '../../../src/engine/linux/oci-runtime.ts';
import { startFailure } from '../../../src/engine/linux/oci-report.ts';
import type { PreparedContainer } from '../../../src/engine/linux/runtime.ts';
import { temporaryFolder } from '../../support/image-folder.ts';

function prepared(
  more: Partial<PreparedContainer> = {},
  config: Partial<ContainerConfig> = {},
): PreparedContainer {
  return {
    config: {
      id: 'abc',
      process: { argv: ['true'], env: ['A=b'], workingDir: '/', user: '', tty: false, stdin: false },
      hostname: 'box',
      network: 'private',
      readOnly: false,
      ...config,
    } as ContainerConfig,
    ids: { uid: 0, gid: 0, additionalGids: [], home: '/root' },
    rootfs: '/store/merged',
    work: '/store/runtime',
    etc: { hostname: '/store/hostname', hosts: '/store/hosts', resolvConf: '/store/resolv.conf' },
    mounts: [],
    rootless: false,
    ...more,
  };
}

const options = { cgroups: 'v1', masked: ['/proc/kcore'], architecture: 'x64' } as const;

test('as root it has limits and the devices of everybody, in namespaces of its own', () => {
  const { linux, root, process } = ociConfig(prepared(), options);
  expect(linux.namespaces.map(({ type }) => type)).toEqual(['pid', 'mount', 'uts', 'ipc', 'network']);
  expect(linux.resources).toEqual({ pids: { limit: 4096 }, devices: [{ allow: false, access: 'rwm' }] });
  expect(linux.cgroupsPath).toBe('/phyllo/abc');
  expect(root).toEqual({ path: '/store/merged', readonly: false });
  expect(process).toMatchObject({ noNewPrivileges: true, terminal: false, env: ['A=b', 'HOME=/root'] });
  expect(process.capabilities).not.toHaveProperty('ambient');
});

test('with version 2 of control groups it sees its own alone', () => {
  const { linux, mounts } = ociConfig(prepared(), { ...options, cgroups: 'v2' });
  expect(linux.namespaces).toContainEqual({ type: 'cgroup' });
  expect(mounts).toContainEqual(expect.objectContaining({ destination: '/sys/fs/cgroup', type: 'cgroup' }));
});

test('a network namespace that is ready is joined, the network of the machine is not left', () => {
  const joined = ociConfig(prepared({ netns: '/store/netns' }), options);
  expect(joined.linux.namespaces).toContainEqual({ type: 'network', path: '/store/netns' });
  const host = ociConfig(prepared({ rootless: true }, { network: 'host' }), { ...options, cgroups: 'none' });
  expect(host.linux.namespaces.map(({ type }) => type)).not.toContain('network');
  expect(host.mounts.find(({ destination }) => destination === '/sys')).toMatchObject({ source: '/sys' });
  expect(host.linux).not.toHaveProperty('cgroupsPath');
});

test('mounts further up come first', () => {
  const mounts = userMounts([
    { type: 'bind', source: '/a', target: '/srv/data/deep', readOnly: true },
    { type: 'tmpfs', target: '/srv', options: ['size=1m'] },
  ]);
  expect(mounts).toEqual([
    {
      destination: '/srv',
      type: 'tmpfs',
      source: 'tmpfs',
      options: ['nosuid', 'nodev', 'noexec', 'size=1m'],
    },
    {
      destination: '/srv/data/deep',
      type: 'bind',
      source: '/a',
      options: ['rbind', 'rprivate', 'ro', 'rro'],
    },
  ]);
});

const report = (msg: string): string => `${JSON.stringify({ msg, level: 'error' })}\n`;

test.each([
  ['executable file `x` not found in $PATH: No such file or directory', 'not-found', 127],
  [
    'runc run failed: unable to start container process: exec: "x": stat x: no such file or directory',
    'not-found',
    127,
  ],
  ['open executable: Permission denied', 'invalid-argument', 126],
  ['exec failed: unable to start container process: exec: "/x": permission denied', 'invalid-argument', 126],
  ['mount `proc` to `proc`: Invalid argument', 'engine-unavailable', 125],
])('the report %j is %s with %i', (message, code, exitCode) => {
  expect(startFailure('x', report(message))).toMatchObject({ code, data: { exitCode } });
});

test('a report without errors, or with anything else in it, tells of no failure', () => {
  expect(startFailure('x', '')).toBeUndefined();
  expect(
    startFailure('x', `no JSON\n${JSON.stringify({ msg: 'slow', level: 'warning' })}\nnull\n`),
  ).toBeUndefined();
});

test('what an image put into a report is made safe to show', () => {
  const failure = startFailure('x', report('cannot use \u001b[31mred\u0007'));
  expect(failure!.message).not.toMatch(/[\u001b\u0007]/);
});

test('labels are nothing that a runtime obeys', () => {
  const labels = { 'run.oci.handler': 'krun', 'org.systemd.property.ExecStartPre': 'x' };
  const config = ociConfig(prepared({}, { labels }), options);
  expect(config).not.toHaveProperty('annotations');
  expect(config).not.toHaveProperty('hooks');
  expect(JSON.stringify(config)).not.toMatch(/krun|ExecStartPre/);
});

test('a filter that was compiled before is given along, beside what it was compiled from', () => {
  const { annotations, linux } = ociConfig(prepared(), { ...options, seccompCode: 'BgAAAAAA/38=' });
  expect(annotations).toEqual({ 'run.oci.seccomp_bpf_data': 'BgAAAAAA/38=' });
  expect(linux.seccomp).toEqual(ociConfig(prepared(), options).linux.seccomp);
  expect(linux.seccomp).toBeDefined();
  expect(ociConfig(prepared(), { ...options, seccompCode: undefined })).not.toHaveProperty('annotations');
});

test('crun is not used as root without control groups: what an image has as devices would be devices', async () => {
  const process = { argv: ['/dev/null'], env: [], workingDir: '/', user: '', tty: false, stdin: false };
  const container = prepared({ rootfs: temporaryFolder() }, { process });
  const runtime = new OciRuntime('crun', '/usr/bin/crun', {
    mounts: new MountCalls(undefined),
    cgroupRoot: temporaryFolder(),
  });
  await expect(runtime.prepare(container)).rejects.toMatchObject({ code: 'engine-unavailable' });
});
