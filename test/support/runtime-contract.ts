// What holds for every way in which the linux engine gets a process into a root: as root and in a user namespace.
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { SECCOMP_CODE_ANNOTATION } from '../../src/engine/linux/seccomp-code.ts';
import { type Run, RuntimeHarness, type RuntimeJob, type RuntimeResult } from './runtime-harness.ts';

/** CHOWN DAC_OVERRIDE FOWNER FSETID KILL SETGID SETUID SETPCAP NET_BIND_SERVICE SYS_CHROOT SETFCAP. */
const CAPABILITIES = '00000000800405fb';
const NONE = '0000000000000000';
const CGROUPS = '/sys/fs/cgroup';

export function describeRuntime(runtime: RuntimeJob['runtime'], filtersCalls: boolean): void {
  for (const rootless of [false, true]) {
    describe(`${runtime} ${rootless ? 'in a user namespace' : 'as root'}`, () => {
      let harness: RuntimeHarness;
      beforeEach(() => {
        harness = new RuntimeHarness();
      });
      afterEach(() => harness.remove());

      const run = async (script: string, more: Partial<Run> = {}): Promise<RuntimeResult> => {
        const { main } = await harness.run(runtime, rootless, { argv: ['sh', '-c', script], ...more });
        return main;
      };
      const shell = async (script: string, more: Partial<Run> = {}): Promise<string> =>
        (await run(script, more)).stdout;

      describeIdentity(shell, run, filtersCalls);
      describeWalls(shell, () => harness);
      const start: Launch = (what) => harness.run(runtime, rootless, what);
      describeExec(start, filtersCalls);
      // A user namespace changes nothing in how a program is looked up and how its end is told.
      if (!rootless) describeEnds(run, start);
      describeMounts(shell, () => harness, runtime, rootless);
      if (!rootless) describeHostileRoots(run, () => harness);
      if (!rootless) describeRootOnly(shell);
    });
  }
}

/** The same walls where crun is given the filter that it compiled for the container before. */
export function describeKeptFilter(): void {
  for (const rootless of [false, true]) {
    describe(`crun ${rootless ? 'in a user namespace' : 'as root'}, with a filter that was kept`, () => {
      const folder = mkdtempSync(join(tmpdir(), 'phyllo-filter-'));
      const kept = join(folder, '.seccomp');
      let harness: RuntimeHarness;
      beforeAll(async () => {
        const first = new RuntimeHarness(kept);
        await first.run('crun', rootless, { argv: ['sleep', '1000'], exec: ['true'] });
        expect(first.bundles().filter(hasFilter)).toEqual([]);
        first.remove();
        expect(existsSync(kept)).toBe(true);
      });
      afterAll(() => rmSync(folder, { recursive: true }));
      beforeEach(() => {
        harness = new RuntimeHarness(kept);
      });
      afterEach(() => {
        const bundles = harness.bundles();
        harness.remove();
        expect(bundles.map(hasFilter)).toEqual(bundles.map(() => true));
      });

      const run: Start = async (script, more = {}) =>
        (await harness.run('crun', rootless, { argv: ['sh', '-c', script], ...more })).main;
      const shell: Shell = async (script, more = {}) => (await run(script, more)).stdout;
      describeIdentity(shell, run, true);
      describeWalls(shell, () => harness);
      describeExec((what) => harness.run('crun', rootless, what), true);
    });
  }
}

function hasFilter(bundle: string): boolean {
  return bundle.includes(`"${SECCOMP_CODE_ANNOTATION}":"`);
}

type Launch = (what: Run) => ReturnType<RuntimeHarness['run']>;
type Shell = (script: string, more?: Partial<Run>) => Promise<string>;
type Start = (script: string, more?: Partial<Run>) => Promise<RuntimeResult>;

function describeIdentity(shell: Shell, run: Start, filtersCalls: boolean): void {
  test('a process has few rights, can gain none, and has nothing open but its streams', async () => {
    const out = await shell(
      `grep -E '^(Cap|NoNewPrivs|Seccomp:)' /proc/self/status; ls /proc/self/fd; echo pid $$; hostname`,
    );
    expect(out.replaceAll('\t', ' ').trim().split('\n')).toEqual([
      `CapInh: ${NONE}`,
      `CapPrm: ${CAPABILITIES}`,
      `CapEff: ${CAPABILITIES}`,
      `CapBnd: ${CAPABILITIES}`,
      `CapAmb: ${NONE}`,
      'NoNewPrivs: 1',
      `Seccomp: ${filtersCalls ? 2 : 0}`,
      '0',
      '1',
      '2',
      '3',
      'pid 1',
      'box',
    ]);
  });

  test('the environment is what was asked for, and no loader of ours obeys it', async () => {
    const env = ['ODD=a b\nc', 'LD_PRELOAD=/proc/self/cwd/evil.so', 'LD_LIBRARY_PATH=/tmp', '--x=1'];
    const { stdout, stderr } = await run('', { argv: ['cat', '/proc/self/environ'], env });
    const variables = stdout.split('\0').filter((variable) => variable !== '');
    expect(stderr).toBe('');
    expect(variables.toSorted()).toEqual([...env, 'HOME=/root', 'PATH=/bin'].toSorted());
  });

  test('a working directory that is not there is made', async () => {
    expect(await shell('pwd', { workingDir: '/srv/new/place' })).toBe('/srv/new/place\n');
  });
}

function describeWalls(shell: Shell, harness: () => RuntimeHarness): void {
  test('what shows or changes the machine is hidden or read-only', async () => {
    const out = await shell(`
      cat /proc/kcore /proc/keys /proc/timer_list 2>/dev/null | dd bs=1 count=1 2>/dev/null
      for file in /proc/sys/kernel/core_pattern /proc/sysrq-trigger /sys/kernel/mm/ksm/run; do
        (echo 1 > $file) 2>/dev/null && echo wrote $file
      done
      ls /sys/firmware`);
    expect(out).toBe('');
  });

  test('mounts, devices and the machine are out of reach', async () => {
    writeFileSync(join(harness().folder, 'marker'), 'of the machine');
    const marker = join(harness().folder, 'marker');
    const out = await shell(`
      mount -t tmpfs none /tmp 2>/dev/null && echo mounted
      umount /proc/keys 2>/dev/null && echo unmasked
      mknod /tmp/disk b 8 0 2>/dev/null && echo device
      cat ${marker} /proc/1/root${marker} ../../../..${marker} 2>/dev/null
      ls /proc | grep -cE '^[0-9]+$'`);
    expect(out.trim()).toMatch(/^[2-4]$/);
  });

  test('leaving a chroot inside leads to the container, not to the machine', async () => {
    writeFileSync(join(harness().folder, 'marker'), 'of the machine');
    const escape = `cd -P /1/cwd/../../../../../..; /1/root/bin/busybox cat .${harness().folder}/marker; /1/root/bin/busybox ls`;
    // The first process stays outside of the chroot: by its current directory there is a way past the new root.
    const out = await shell(`chroot /proc /1/root/bin/busybox sh -c '${escape}' 2>/dev/null; true`);
    expect(out).not.toContain('of the machine');
    expect(out.split('\n')).toContain('bin');
  });

  test('without a network there is a loopback interface of its own, and that is up', async () => {
    const out = await shell('readlink /proc/self/ns/net; ip -o link');
    const [namespace, ...links] = out.trim().split('\n');
    expect(namespace).not.toBe(readlinkSync('/proc/self/ns/net'));
    expect(links).toHaveLength(1);
    expect(links[0]).toMatch(/ lo: <LOOPBACK,UP/);
  });

  test('the machine has its network in a container that asked for it', async () => {
    const out = await shell('readlink /proc/self/ns/net; ls -d /sys/class', { network: 'host' });
    expect(out).toBe(`${readlinkSync('/proc/self/ns/net')}\n/sys/class\n`);
  });
}

function describeExec(start: Launch, filtersCalls: boolean): void {
  test('exec has no more rights than the first process, and both exit codes are told', async () => {
    const script = `id -u; grep -E '^(CapEff|NoNewPrivs|Seccomp:)' /proc/self/status; ls /proc/self/fd | wc -l; exit 7`;
    const { main, exec } = await start({ argv: ['sleep', '1000'], exec: ['sh', '-c', script] });
    const told = exec!.stdout.replaceAll('\t', ' ').trim().split('\n');
    const seccomp = `Seccomp: ${filtersCalls ? 2 : 0}`;
    expect(told).toEqual(['0', `CapEff: ${CAPABILITIES}`, 'NoNewPrivs: 1', seccomp, '4']);
    expect([main.exitCode, exec!.exitCode]).toEqual([137, 7]);
  });
}

function describeEnds(run: Start, start: Launch): void {
  test("exit codes that mean something to us can be the process's own", async () => {
    expect(await run('exit 127')).toMatchObject({ exitCode: 127, stderr: '' });
    expect(await run('exit 1')).toMatchObject({ exitCode: 1, stderr: '' });
  });

  test("what a run left that was cut off is not taken for this one's", async () => {
    const { exitCode, error } = await run('exit 1', { cutOff: true });
    expect({ exitCode, error }).toEqual({ exitCode: 1, error: undefined });
  });

  test('a program that is not there is told with 127, one that cannot be run with 126', async () => {
    const absent = await start({ argv: ['nothing'] });
    expect(absent.main.error).toMatchObject({ code: 'not-found', data: { exitCode: 127 } });
    const folder = await start({ argv: ['/etc'] });
    expect(folder.main.error).toMatchObject({ code: 'invalid-argument', data: { exitCode: 126 } });
  });

  test('exec of a program that is not there is told with 127', async () => {
    const { exec } = await start({ argv: ['sleep', '1000'], exec: ['nothing'] });
    expect(exec!.error).toMatchObject({ code: 'not-found', data: { exitCode: 127 } });
  });
}

function describeMounts(
  shell: Shell,
  harness: () => RuntimeHarness,
  runtime: RuntimeJob['runtime'],
  rootless: boolean,
): void {
  test('a read-only root has writable mounts, and a read-only mount has none', async () => {
    const [open, closed] = ['open', 'closed'].map((name) => join(harness().folder, name));
    for (const folder of [open!, closed!]) mkdirSync(folder);
    const out = await shell(
      `for place in / /etc /open /closed /scratch; do (echo x > $place/new) 2>/dev/null && echo $place; done`,
      {
        readOnly: true,
        mounts: [
          { type: 'bind', source: open!, target: '/open', readOnly: false },
          { type: 'bind', source: closed!, target: '/closed', readOnly: true },
          { type: 'tmpfs', target: '/scratch', options: ['size=1m'] },
        ],
      },
    );
    expect(out).toBe('/open\n/scratch\n');
    expect(readFileSync(join(open!, 'new'), 'utf8')).toBe('x\n');
  });

  test('the files about host and names are ours', async () => {
    const out = await shell('cat /etc/hostname /etc/hosts; grep -c . /etc/mtab /etc/resolv.conf 2>/dev/null');
    expect(out).toMatch(/^box\n127\.0\.0\.1\tlocalhost\n/);
    expect(out).toContain('127.0.1.1\tbox\n');
  });

  test('no control group is left over', async () => {
    await shell('true');
    const left = readdirSync(CGROUPS)
      .map((name) => join(CGROUPS, name, 'phyllo'))
      .concat(join(CGROUPS, 'phyllo'))
      .filter(existsSync)
      .flatMap((folder) => readdirSync(folder))
      .filter((name) => harness().ids.includes(name));
    expect([runtime, rootless, left]).toEqual([runtime, rootless, []]);
  });
}

function describeHostileRoots(run: Start, harness: () => RuntimeHarness): void {
  test.each(['etc', 'dev', 'proc', 'sys'])(
    'a root whose /%s is a link leads nowhere outside',
    async (name) => {
      const canary = join(harness().folder, 'canary');
      mkdirSync(canary);
      writeFileSync(join(canary, 'hosts'), 'of the machine');
      rmSync(join(harness().rootfs, name), { recursive: true, force: true });
      symlinkSync(canary, join(harness().rootfs, name));
      const { stdout } = await run(`cat /${name}/hosts; echo x > /${name}/hostname`);
      expect(stdout).not.toContain('of the machine');
      expect(readdirSync(canary)).toEqual(['hosts']);
      expect(readFileSync(join(canary, 'hosts'), 'utf8')).toBe('of the machine');
    },
  );

  test('a link in place of a file that is mounted over leads nowhere outside', async () => {
    const canary = join(harness().folder, 'canary');
    writeFileSync(canary, 'of the machine');
    symlinkSync(canary, join(harness().rootfs, 'etc/resolv.conf'));
    await run('echo x > /etc/resolv.conf');
    expect(readFileSync(canary, 'utf8')).toBe('of the machine');
  });
}

function describeRootOnly(shell: Shell): void {
  test('a user other than root has its groups and no rights', async () => {
    const ids = { uid: 1000, gid: 1001, additionalGids: [5, 50], home: '/home/me' };
    const out = await shell(`id -u; id -g; id -G; grep -E '^Cap(Prm|Eff|Amb)' /proc/self/status`, { ids });
    const [user, group, groups, ...capabilities] = out.replaceAll('\t', ' ').trim().split('\n');
    expect([user, group, groups]).toEqual(['1000', '1001', '1001 5 50']);
    expect(capabilities).toEqual([`CapPrm: ${NONE}`, `CapEff: ${NONE}`, `CapAmb: ${NONE}`]);
  });
}
