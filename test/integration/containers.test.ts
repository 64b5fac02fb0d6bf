// Containers of phyllo beside those of docker: the same images, the same command lines, the same answers. What is
// different on purpose is written down here, with the reason.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Twins, startTwins } from '../support/docker-twin.ts';
import { isRoot } from '../support/image-engines.ts';
import { canRun } from '../support/linux-engines.ts';
import { needTool } from '../support/tools.ts';

const canCompare = isRoot && needTool('dockerd', 'docker', 'tar') && canRun('crun');

describe.runIf(canCompare)('beside docker', () => {
  let twins: Twins;
  let home: string;

  beforeAll(async () => {
    home = mkdtempSync(join(tmpdir(), 'phyllo-beside-'));
    twins = await startTwins();
  });
  afterAll(async () => {
    await twins.close();
    rmSync(home, { recursive: true, force: true });
  });

  const run = (...args: readonly string[]): readonly string[] => [
    'run',
    '--rm',
    '--network',
    'none',
    ...args,
  ];
  const sh = (script: string, ...flags: readonly string[]): readonly string[] =>
    run(...flags, 'twin/plain:1', 'sh', '-c', script);

  describe('exit codes and output of', () => {
    test.each([
      ['a program that ends well', sh('echo fine')],
      ['a program that ends badly', sh('echo bad; exit 42')],
      ['a program that kills itself', sh('sh -c "kill -9 \\$\\$"; echo $?')],
      ['a program that is not there', run('twin/plain:1', 'nothing')],
      ['a path that is not there', run('twin/plain:1', '/bin/nothing')],
      ['a directory', run('twin/plain:1', '/etc')],
      ['a file that is no program', run('twin/plain:1', '/etc/passwd')],
      [
        'an image that is not there',
        run('--pull=never', 'twin/nothing:1', 'true').filter((arg) => arg !== '--pull=never'),
      ],
      ['a user that is not there', sh('id', '-u', 'who')],
      ['a group that is not there', sh('id', '-u', 'app:who')],
      ['a user beyond all', sh('id', '-u', '99999999999')],
      ['a directory that is relative', sh('pwd', '-w', 'here')],
      ['a read-only root', sh('echo x >/x; echo $?', '--read-only')],
    ])('%s', async (_, args) => {
      expect(await twins.apart(...args)).toBe('');
    });
  });

  describe('what a process starts with', () => {
    test.each([
      ['nothing asked for', []],
      ['variables of its own', ['-e', 'A=line', '-e', 'EMPTY=', '-e', 'NOT_SET_ANYWHERE']],
      ['a host name', ['-h', 'box']],
      ['a home of its own', ['-e', 'HOME=/nowhere']],
      ['another user', ['-u', 'app']],
      ['a user without a name', ['-u', '4242']],
    ])('environment: %s', async (_, flags) => {
      const args = flags.includes('-h') ? flags : ['-h', 'same', ...flags];
      expect(await twins.apart(...run(...args, 'twin/user:1', 'sh', '-c', 'env | sort'))).toBe('');
    });

    test.each([
      '',
      '0',
      'root',
      'app',
      '1000',
      'app:staff',
      'app:50',
      '1000:staff',
      '1000:1',
      '7:8',
      'nobody',
      '4242',
    ])('user %j', async (user) => {
      expect(
        await twins.apart(...sh('id; echo ~; touch /tmp/mine && stat -c %u:%g /tmp/mine', '-u', user)),
      ).toBe('');
    });

    test('user of the image', async () => {
      expect(await twins.apart(...run('twin/user:1', 'id'))).toBe('');
      expect(await twins.apart(...run('twin/group:1', 'id'))).toBe('');
      expect(await twins.apart(...run('-u', '0', 'twin/group:1', 'id'))).toBe('');
    });

    test.each(['/keep', '/made/by/us', '/etc/../keep'])('working directory %s', async (path) => {
      expect(await twins.apart(...sh('pwd; ls -lnd . | cut -c1-10', '-w', path))).toBe('');
    });

    test('working directory of a user', async () => {
      expect(
        await twins.apart(...run('twin/user:1', 'sh', '-c', 'pwd; ls -lnd . | cut -c1-10; ls -nd .')),
      ).toBe('');
    });

    test('files that are put there', async () => {
      expect(
        await twins.apart(
          ...sh(
            'cat /etc/hostname; for f in hosts resolv.conf; do test -f /etc/$f && echo $f; done',
            '-h',
            'box',
          ),
        ),
      ).toBe('');
      expect(await twins.apart(...sh('grep localhost /etc/hosts', '-h', 'box'))).toBe('');
    });

    test('devices', async () => {
      // docker mounts a queue of its own at /dev/mqueue and links /dev/core; who has no use for either is not hurt.
      const list = 'cd /dev; for f in *; do echo "$f $(stat -c "%F %a %t:%T" $f) $(readlink $f)"; done';
      const { phyllo, docker } = await twins.both(...sh(list));
      const rows = (text: string): string[] =>
        text
          .trimEnd()
          .split('\n')
          .filter((row) => !/^(?:core|mqueue) /.test(row));
      expect(rows(phyllo.out)).toEqual(rows(docker.out));
    });

    test('rights', async () => {
      const status = (name: string): readonly string[] => sh(`grep ^${name}: /proc/self/status`);
      for (const name of ['CapAmb', 'CapInh', 'Seccomp']) expect(await twins.apart(...status(name))).toBe('');
      // Of docker's, ours has no NET_RAW, MKNOD and AUDIT_WRITE: see docs/engines.md.
      for (const name of ['CapBnd', 'CapEff', 'CapPrm']) {
        const { phyllo, docker } = await twins.both(...status(name));
        const withheld = [13, 27, 29].reduce((sum, bit) => sum | (1n << BigInt(bit)), 0n);
        expect(rightsIn(phyllo.out) | withheld).toBe(rightsIn(docker.out));
        expect(rightsIn(phyllo.out) & withheld).toBe(0n);
      }
      // A program with a set-ID bit of an image gains nothing in ours: docker asks for that with an option.
      const { phyllo, docker } = await twins.both(...sh('grep ^NoNewPrivs: /proc/self/status'));
      expect([phyllo.out, docker.out]).toEqual(['NoNewPrivs:\t1\n', 'NoNewPrivs:\t0\n']);
    });

    test('processes and names are its own', async () => {
      // The shell itself counts: of a pipeline nobody knows how much runs already.
      const count = 'set -- /proc/[0-9]*; echo $#';
      expect(await twins.apart(...sh(`echo $$; ${count}; hostname`, '-h', 'box'))).toBe('');
    });
  });

  describe('entry point and command', () => {
    const cases: readonly (readonly string[])[] = [
      ['twin/entry:1'],
      ['twin/entry:1', 'mine'],
      ['--entrypoint', 'echo', 'twin/entry:1'],
      ['--entrypoint', 'echo', 'twin/entry:1', 'mine'],
      ['--entrypoint', '', 'twin/entry:1', 'echo', 'bare'],
      ['--entrypoint', '', 'twin/entry:1'],
      ['twin/shell:1'],
      ['twin/shell:1', 'mine'],
      ['--entrypoint', '/bin/sh', 'twin/plain:1', '-c', 'echo own'],
    ];
    test.each(cases.map((args) => [args.join(' '), args]))('%s', async (_, args) => {
      expect(await twins.apart(...run(...(args as string[])))).toBe('');
    });
  });

  describe('mounts', () => {
    test('a directory, a file, both read-only', async () => {
      mkdirSync(join(home, 'bound'), { recursive: true });
      writeFileSync(join(home, 'bound', 'f'), 'file\n');
      const flags = ['-v', `${home}/bound:/b:ro`, '-v', `${home}/bound/f:/etc/one:ro`];
      expect(
        await twins.apart(
          ...sh(
            'cat /b/f /etc/one; touch /b/x 2>/dev/null || echo no; echo x 2>/dev/null >>/etc/one || echo no',
            ...flags,
          ),
        ),
      ).toBe('');
    });

    test('a volume begins with what the image has there, and stays', async () => {
      expect(await twins.apart(...sh('cat /keep/k; echo more >>/keep/k', '-v', 'shared:/keep'))).toBe('');
      expect(await twins.apart(...sh('cat /keep/k', '-v', 'shared:/keep'))).toBe('');
    });

    test('memory', async () => {
      expect(
        await twins.apart(
          ...sh('grep " /m " /proc/mounts | cut -d" " -f1-3; stat -c %a /m; ls -A /m', '--tmpfs', '/m'),
        ),
      ).toBe('');
      expect(
        await twins.apart(
          ...sh(
            'stat -c %a /m; df -k /m | tail -1 | tr -s " " | cut -d" " -f2',
            '--tmpfs',
            '/m:size=64k,mode=700',
          ),
        ),
      ).toBe('');
    });
  });

  describe('a life', () => {
    /** What was not the same. */
    const lifeOf = async (steps: readonly (readonly string[])[]): Promise<string[]> => {
      const found: string[] = [];
      for (const step of steps) found.push(await twins.apart(...step));
      return found.filter((difference) => difference !== '');
    };
    const start = async (name: string, image: string, script: string): Promise<void> => {
      await twins.ok('run', '-d', '--network', 'none', '--name', name, image, 'sh', '-c', script);
    };

    test('through stop, kill, wait, restart and rm', async () => {
      await start(
        'life',
        'twin/plain:1',
        'trap "echo term; exit 3" TERM; echo up; while :; do sleep 0.1; done',
      );
      expect(
        await lifeOf([
          ['ps', '--format', '{{.Names}} {{.State}}'],
          ['start', 'life'],
          ['rm', 'life'],
          ['exec', 'life', 'sh', '-c', 'echo in; exit 9'],
          ['exec', '-u', 'app', '-w', '/keep', '-e', 'A=b', 'life', 'sh', '-c', 'id; pwd; echo $A $HOME'],
          ['exec', 'life', 'sh', '-c', 'kill -9 $$'],
          ['stop', 'life'],
          ['wait', 'life'],
          ['ps', '-a', '--format', '{{.Names}} {{.State}}'],
          ['inspect', '--format', '{{.State.ExitCode}} {{.State.Status}} {{.State.Running}}', 'life'],
          ['exec', 'life', 'true'],
          ['kill', 'life'],
          ['logs', 'life'],
          ['restart', '-t', '0', 'life'],
          ['kill', '-s', 'KILL', 'life'],
          ['wait', 'life'],
          ['attach', 'life'],
          ['rename', 'life', 'gone'],
          ['rm', 'gone'],
          ['rm', 'gone'],
          ['logs', 'gone'],
          ['stop', 'gone'],
        ]),
      ).toEqual([]);
    });

    test('a stop signal of the image', async () => {
      await start('usr', 'twin/term:1', 'trap "exit 10" USR1; while :; do sleep 0.1; done');
      expect(
        await lifeOf([
          ['stop', 'usr'],
          ['wait', 'usr'],
          ['rm', 'usr'],
        ]),
      ).toEqual([]);
    });

    test('a process that heeds no signal', async () => {
      await start('deaf', 'twin/plain:1', 'trap "" TERM; while :; do sleep 0.1; done');
      expect(
        await lifeOf([
          ['stop', '-t', '1', 'deaf'],
          ['wait', 'deaf'],
          ['rm', 'deaf'],
        ]),
      ).toEqual([]);
    });
  });
});

function rightsIn(line: string): bigint {
  return BigInt(`0x${line.split('\t')[1]!.trim()}`);
}
