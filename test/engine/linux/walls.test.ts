// What a container and its image cannot do, from end to end: each with a canary on the machine.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { env, execPath, geteuid, pid as ownPid } from 'node:process';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RunImage } from '../../../src/engine/engine.ts';
import type { RuntimeChoice } from '../../../src/engine/linux/agent-runtime.ts';
import { readAll } from '../../../src/lib/streams.ts';
import type { Layer } from '../../layer/apply-fixtures.ts';
import { tarOf } from '../../layer/apply-fixtures.ts';
import {
  type RunOptions,
  createFor,
  execFor,
  find,
  logsOf,
  runFor,
  shell,
  startFor,
  untilLogged,
} from '../../support/engine-runs.ts';
import { FDS, SETUID, hostileRunImage } from '../../support/hostile-run-image.ts';
import { type LinuxFixture, canRun, linuxFixture } from '../../support/linux-engines.ts';
import { starterOf } from '../../support/linux-starter.ts';

const FOREVER = 'while :; do sleep 0.1; done';
const MARK = 'of the machine';
const SOCKET = `phyllo-canary-${ownPid}`;
const MAX_TAR_BYTES = 1024 * 1024;
const DEVICES = 'console fd full mqueue null ptmx pts random shm stderr stdin stdout tty urandom zero'.split(
  ' ',
);
const MASKED = 'acpi asound interrupts kcore keys latency_stats sched_debug scsi timer_list timer_stats'
  .split(' ')
  .map((name) => `/proc/${name}`);

const asRoot = geteuid?.() === 0;

for (const kind of asRoot ? (['crun', 'runc', 'util-linux'] as const) : (['runc', 'util-linux'] as const)) {
  describe.runIf(canRun(kind))(`walls around a container of ${kind}`, { timeout: 60_000 }, () => {
    describeWalls(kind, kind === 'crun');
  });
}

function describeWalls(kind: RuntimeChoice['kind'], withAgent: boolean): void {
  let folder = '';
  let canary = '';
  let fixture: LinuxFixture | undefined;
  let image: RunImage | undefined;
  const server = createServer((socket) => socket.end(MARK));
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'phyllo-walls-'));
    canary = join(folder, 'canary');
    mkdirSync(canary);
    writeFileSync(join(canary, 'marker'), MARK);
    env['PHYLLO_CANARY'] = MARK;
    server.listen(`\0${SOCKET}`);
    image = await hostileRunImage(join(folder, 'image'), canary);
    fixture = await linuxFixture(kind);
  }, 60_000);
  afterAll(async () => {
    await fixture?.close();
    server.close();
    delete env['PHYLLO_CANARY'];
    rmSync(folder, { recursive: true, force: true });
  });

  const engine = (): LinuxFixture['engine'] => fixture!.engine;
  const run = (options: RunOptions): ReturnType<typeof runFor> => runFor(engine(), image!, options);
  const start = (options: RunOptions): Promise<string> => startFor(engine(), image!, options);
  const upperOf = (id: string): string => join(fixture!.root, 'containers', id, 'upper');
  const canaryIsWhole = (): void => {
    expect(readdirSync(canary)).toEqual(['marker']);
    expect(readFileSync(join(canary, 'marker'), 'utf8')).toBe(MARK);
  };

  test('a look around finds nothing of the machine', async () => {
    const { root } = fixture!;
    const script = `
      echo "environ $(cat /proc/[0-9]*/environ | busybox tr '\\0' '\\n' | busybox grep -c '${MARK}')"
      echo "socket $(busybox grep -c ${SOCKET} /proc/net/unix)"
      echo "control $(busybox find / -xdev -name ctl.sock -o -xdev -name state.json | busybox wc -l)"
      echo "store $(ls -d ${root} /proc/1/root${root} /proc/1/cwd/../../..${root} 2>/dev/null | busybox wc -l)"
      cat ${canary}/marker /proc/1/root${canary}/marker /proc/1/cwd/../..${canary}/marker 2>/dev/null | busybox grep '${MARK}'
      for file in ${MASKED.join(' ')}; do
        if test -d $file; then ls -A $file; else busybox head -c 1 $file 2>/dev/null | busybox hexdump; fi
      done
      for space in mnt pid net uts ipc; do echo "$space $(readlink /proc/self/ns/$space)"; done
      mkdir /tmp/m
      for type in cgroup cgroup2 tmpfs proc; do busybox mount -t $type x /tmp/m 2>/dev/null && echo "mounted $type"; done
      for id in 'b 8 0' 'c 1 1'; do busybox mknod /tmp/node $id 2>/dev/null && echo "made $id"; done
      busybox find /sys/fs/cgroup -name release_agent -o -name cgroup.procs | while read file; do
        (: >> $file) 2>/dev/null && echo "may write $file"
      done
      echo "mounts"; cat /proc/self/mountinfo`;
    const { stdout } = await run(shell(script));
    const [told = '', mounts = ''] = stdout.split('mounts\n');
    const lines = told.trim().split('\n');
    expect(lines.slice(0, 4)).toEqual(['environ 0', 'socket 0', 'control 0', 'store 0']);
    const spaces = lines.slice(4);
    expect(spaces.map((line) => line.split(' ')[0])).toEqual(['mnt', 'pid', 'net', 'uts', 'ipc']);
    for (const line of spaces) {
      const [name, inside] = line.split(' ');
      expect(inside).not.toBe(readlinkSync(`/proc/self/ns/${name}`));
    }
    const kernel = / - (overlay|proc|tmpfs|devpts|sysfs|mqueue) /;
    const others = mounts
      .trim()
      .split('\n')
      .filter((line) => !kernel.test(line));
    for (const line of others)
      expect(line.split(' ')[3]).toMatch(
        // The machine's own harmless devices: /dev/null hides files of /proc, a user in a namespace gets all of them so.
        /^\/(null|zero|full|random|urandom|tty)$|\/containers\/[0-9a-f]{64}\/(etc\/(hostname|hosts|resolv\.conf)|runtime\/\S+)$/,
      );
  });

  test('/dev has what every program needs, and nothing of the machine', async () => {
    const { stdout } = await run({
      ...shell('ls /dev; busybox df /dev | tail -n 1'),
      tty: true,
    });
    const lines = stdout.trim().split('\r\n');
    const devices = lines.slice(0, -1).flatMap((line) => line.trim().split(/\s+/));
    // Some runtimes have a link to /proc/kcore, which is masked.
    expect(devices.toSorted().filter((name) => name !== 'core')).toEqual(DEVICES);
    expect(Number(lines.at(-1)!.trim().split(/\s+/)[1])).toBe(64 * 1024);
    canaryIsWhole();
  });

  test('a device that the image brings is none', async () => {
    const { stdout } = await run(
      shell('for file in /disk /memory; do busybox head -c 1 $file && echo "read $file"; done; ls / | cat'),
    );
    // A user in a namespace can unpack none.
    expect(stdout.includes('memory\n')).toBe(asRoot);
    expect(stdout).not.toContain('read');
  });

  test('a setuid program makes nobody root', async () => {
    const script = `${SETUID} su root -c 'id -u'; busybox grep -E '^(Uid|CapEff|NoNewPrivs):' /proc/self/status`;
    const { stdout } = await run({ ...shell(script), user: 'app' });
    expect(stdout.replaceAll('\t', ' ').trim().split('\n')).toEqual([
      'Uid: 1000 1000 1000 1000',
      'CapEff: 0000000000000000',
      'NoNewPrivs: 1',
    ]);
  });

  test('descriptors that the client had open are not there, nor is a working directory behind them', async () => {
    const look = `ls /proc/self/fd; cat marker ../marker ../../../..${canary}/marker 2>/dev/null`;
    const ids = await Promise.all(
      FDS.map((fd) => createFor(engine(), image!, { ...shell(`${look}; true`), workingDir: `/fd${fd}` })),
    );
    const plain = await createFor(engine(), image!, shell(`exec ${look.split(';')[0]}`));
    const open = openSync(canary, 'r');
    const client = spawn(
      execPath,
      ['--input-type=module', '-e', starterOf(fixture!.root, kind, [...ids, plain])],
      {
        stdio: ['ignore', 'pipe', 'inherit', ...Array.from({ length: 9 }, () => open)],
      },
    );
    await once(client, 'exit');
    closeSync(open);
    for (const id of [...ids, plain]) {
      if ((await find(engine(), id))?.status === 'created') continue;
      await engine().wait(id);
      expect((await logsOf(engine(), id)).stdout).not.toContain(MARK);
    }
    expect((await logsOf(engine(), plain)).stdout.trim().split(/\s+/)).toEqual(['0', '1', '2', '3']);
  });

  test("the machine's programs that get a process in cannot be written to", async () => {
    const script = `
      watch() {
        exec 9< $1/exe; program=$(readlink /proc/self/fd/9); sleep 0.2
        (: >> /proc/self/fd/9) 2>/dev/null && echo "opened $program"
      }
      echo ready
      while :; do for process in /proc/[0-9]*; do
        program=$(readlink $process/exe 2>/dev/null)
        case "$program" in ''|/bin/busybox) ;; *) watch $process & ;; esac
      done; done`;
    const id = await start(shell(script));
    await untilLogged(engine(), id, 'ready');
    const { process } = (await find(engine(), id))!;
    for (const argv of [['/self'], ['/bin/true'], ['/proc/self/exe', 'true'], [SETUID, 'sleep', '0.1']])
      await execFor(engine(), id, { ...process, argv }).catch(() => undefined);
    // What is the container's own can be written to, so the watch would have told.
    await untilLogged(engine(), id, `opened ${SETUID}`);
    const opened = (await logsOf(engine(), id)).stdout
      .split('\n')
      // It may have become one of the image's own before it was opened.
      .filter((line) => line.startsWith('opened') && line !== 'opened /bin/busybox');
    expect([...new Set(opened)]).toEqual([`opened ${SETUID}`]);
  });

  // Nobody but root has control groups unless they were given some.
  test.runIf(asRoot)('so many processes and no more', async () => {
    const bomb = 'i=0; while test $i -lt 100; do sleep 100 & i=$((i+1)); done';
    const wait = 'while ! test -e /data/go; do sleep 0.05; done';
    const id = await start(shell(`${wait}; (${bomb}); echo over; exec sleep 1000`));
    const limit = pidsLimitOf((await find(engine(), id))!.pid);
    expect(readFileSync(limit, 'utf8').trim()).toBe('4096');
    writeFileSync(limit, '16');
    await put(id, '/data', { go: '' });
    await untilLogged(engine(), id, 'over');
    expect(Number(readFileSync(limit.replace('pids.max', 'pids.current'), 'utf8'))).toBeLessThanOrEqual(16);
    expect((await logsOf(engine(), id)).stderr).toMatch(/can't fork/);
    expect(await find(engine(), id)).toMatchObject({ status: 'running' });
    await engine().remove(id, { force: true });
  });

  test('nothing that was only mounted over gets into the R/W layer', async () => {
    const { id } = await run({ ...shell('true'), tty: true });
    const left = readdirSync(upperOf(id), { recursive: true, encoding: 'utf8' }).toSorted();
    const stubs = ['dev', 'etc', 'etc/hostname', 'etc/hosts', 'etc/resolv.conf', 'proc', 'sys'];
    // Two of them are links of this image, and what they lead to is made within its root.
    const behind = (path: string): boolean =>
      join(canary, 'made').startsWith(`/${path}`) || canary === `/${path}`;
    expect(left.filter((path) => !stubs.includes(path) && !behind(path))).toEqual([
      `${canary.slice(1)}/marker`,
    ]);
    for (const path of left) {
      const stat = statSync(join(upperOf(id), path), { throwIfNoEntry: false });
      expect([path, stat?.isFile() ? stat.size : 0]).toEqual([path, 0]);
    }
    canaryIsWhole();
  });

  test('links of the image lead no mount out', async () => {
    const mine = join(folder, 'mine');
    mkdirSync(mine, { recursive: true });
    const mounts = [
      { type: 'tmpfs', target: '/out/made', options: ['size=1m'] },
      { type: 'volume', name: undefined, target: '/up/volume', readOnly: false },
      { type: 'bind', source: mine, target: '/data/../out/mine', readOnly: false },
    ] as const;
    const id = await createFor(engine(), image!, {
      ...shell(`echo x > /out/made/x; cat /out/marker`),
      mounts,
    });
    const started = await engine()
      .start(id)
      .then(
        () => engine().wait(id),
        () => -1,
      );
    expect(typeof started).toBe('number');
    expect((await logsOf(engine(), id)).stdout).not.toContain(MARK);
    canaryIsWhole();
  });

  const describeAgent = (): void => {
    test('no number and no name of the image makes somebody root', async () => {
      expect((await run({ ...shell('id -u'), user: '2000' })).stdout).toBe('2000\n');
      for (const user of ['wrapped', '4294967296', '-1', 'app:4294967296']) {
        const id = await createFor(engine(), image!, { ...shell('id -u'), user });
        await expect(engine().start(id)).rejects.toMatchObject({ code: 'invalid-argument' });
      }
    });

    test('user files without an end, and pipes in their place, hold nobody up', async () => {
      const [piped, large] = [
        await createFor(engine(), image!, { ...shell('id -u'), user: 'app' }),
        await createFor(engine(), image!, { ...shell('id -u'), user: 'app' }),
      ];
      await put(piped, '/etc', { passwd: { type: 'fifo' }, group: { link: '/dev/zero' } });
      await expect(engine().start(piped)).rejects.toMatchObject({ code: 'invalid-argument' });
      await put(large, '/etc', { group: 'x'.repeat(2 * 1024 * 1024) });
      await expect(engine().start(large)).rejects.toMatchObject({ code: 'limit-exceeded' });
    });

    test('what a container gets of the machine is what it was made with, whatever link lies there now', async () => {
      const given = join(folder, 'given');
      mkdirSync(given, { recursive: true });
      const mounts = [
        { type: 'bind', source: realpathSync(given), target: '/data', readOnly: false },
      ] as const;
      const id = await createFor(engine(), image!, { ...shell('cat /data/marker'), mounts });
      rmSync(given, { recursive: true });
      symlinkSync(canary, given);
      await expect(engine().start(id)).rejects.toMatchObject({ code: 'invalid-argument' });
      rmSync(given);
      symlinkSync(fixture!.root, given);
      await expect(engine().start(id)).rejects.toThrow(/store/);
      rmSync(given);
    });

    test('a link that is swapped in while files are copied leads nowhere outside', async () => {
      const script = `mkdir /data/real; ln -s ${canary} /data/link; echo ready
      while :; do mv /data/real /data/d; mv /data/d /data/real; mv /data/link /data/d; mv /data/d /data/link; done`;
      const id = await start(shell(script));
      await untilLogged(engine(), id, 'ready');
      const rounds = Array.from({ length: 30 }, async () => {
        await put(id, '/data/d', { made: 'x' }).catch(() => undefined);
        await put(id, '/data', { 'd/made': 'x' }).catch(() => undefined);
        const tar = await engine()
          .getArchive(id, Buffer.from('/data/d/marker'))
          .then((stream) => readAll(stream, MAX_TAR_BYTES, 'tar'))
          .catch(() => Buffer.alloc(0));
        expect(tar.includes(MARK)).toBe(false);
      });
      await Promise.all(rounds);
      canaryIsWhole();
      expect(await find(engine(), id)).toMatchObject({ status: 'running' });
    });

    test.each(['running', 'created'])(
      'an archive that is put into one that is %s stays inside',
      async (status) => {
        const id = await (status === 'running'
          ? start(shell(FOREVER))
          : createFor(engine(), image!, shell('exit 0')));
        const hostile: Layer[] = [
          { '../../../../escape': 'x' },
          { '/data/absolute': 'x' },
          [
            ['own', { link: canary }],
            ['own/escape', 'x'],
          ],
          [['hard', { type: 'hardlink', link: '../../../../etc/passwd' }]],
          [
            ['up', { link: '../../../../../../..' }],
            [`up${canary}/escape`, 'x'],
          ],
        ];
        for (const layer of hostile) await put(id, '/data', layer).catch(() => undefined);
        for (const path of ['/out', '/up']) await put(id, path, { escape: 'x' }).catch(() => undefined);
        canaryIsWhole();
        expect(readdirSync(folder)).not.toContain('escape');
        // A packed one is no archive: it would need somebody's program.
        const packed = gzipSync(await readAll(Readable.from(tarOf({ x: 'x' })), MAX_TAR_BYTES, 'tar'));
        const putPacked = engine().putArchive(id, Buffer.from('/data'), Readable.from([packed]));
        await expect(putPacked).rejects.toMatchObject({ code: 'invalid-archive' });
        await readAll(await engine().getArchive(id, Buffer.from('/etc')), MAX_TAR_BYTES, 'tar');
        expect(readdirSync(upperOf(id))).not.toContain('ran');
      },
    );
  };
  // What the agent does is the same whoever gets the process in.
  if (withAgent) describeAgent();

  const put = (id: string, directory: string, layer: Layer): Promise<void> =>
    engine().putArchive(id, Buffer.from(directory), Readable.from(tarOf(layer)), {});
}

function pidsLimitOf(pid: number): string {
  const groups = readFileSync(`/proc/${pid}/cgroup`, 'utf8').split('\n');
  const first = groups.find((line) => line.split(':')[1] === 'pids');
  const path = (first ?? groups.find((line) => line.startsWith('0::')))!.split(':')[2]!;
  return join(first ? '/sys/fs/cgroup/pids' : '/sys/fs/cgroup', path, 'pids.max');
}
