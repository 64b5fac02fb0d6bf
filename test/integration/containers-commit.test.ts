// What a container of phyllo changed and what is committed of it, beside docker's of the same image; and umoci unpacks it to
// what the container itself sees.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
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
    home = mkdtempSync(join(tmpdir(), 'phyllo-commit-'));
    twins = await startTwins();
  });
  afterAll(async () => {
    await twins.close();
    rmSync(home, { recursive: true, force: true });
  });

  describe('what a container changed', () => {
    const SCRIPT = [
      'echo new >/keep/new',
      'echo more >>/etc/passwd',
      'rm /etc/group',
      'mkdir -p /a/b/c && echo deep >/a/b/c/d',
      'rm -r /data/small && mkdir /data/small && echo 1 >/data/small/only',
      'chmod 700 /home/app',
      'mv /data/read-me.txt /data/read-me-too.txt',
      'ln -s nowhere /link; ln /keep/k /keep/hard',
      'mkfifo /pipe',
      'touch -d @1000 /keep/old',
    ].join('; ');

    beforeAll(async () => {
      const flags = ['--network', 'none', '--name', 'changer', '-u', '0', '-e', 'A=run', '-l', 'one=two'];
      await twins.ok('run', ...flags, 'twin/user:1', 'sh', '-c', SCRIPT);
    });
    afterAll(() => twins.ok('rm', 'changer'));

    test('is what docker says', async () => {
      const { phyllo, docker } = await twins.both('diff', 'changer');
      const rows = (text: string): string[] => text.trimEnd().split('\n').sort();
      expect(rows(phyllo.out)).toEqual(rows(docker.out));
    });

    test('is committed with docker’s configuration', async () => {
      const change = [
        '-c',
        'CMD ["made"]',
        '-c',
        'EXPOSE 80',
        '-c',
        'LABEL three=four',
        '-a',
        'Ada',
        '-m',
        'why',
      ];
      await twins.ok('commit', ...change, 'changer', 'twin/made:1');
      // docker also notes the host name of the container, which is nobody else's, and the image that it came from.
      const asked = await twins.both('image', 'inspect', '--format', '{{json .Config}}', 'twin/made:1');
      expect(executionOf(asked.phyllo.out)).toEqual(executionOf(asked.docker.out));
      expect(
        await twins.apart(
          'image',
          'inspect',
          '--format',
          '{{.Author}} {{.Comment}} {{len .RootFS.Layers}}',
          'twin/made:1',
        ),
      ).toBe('');
      const look =
        'cd /; find keep a data/small etc/passwd home link pipe | sort | xargs ls -ldn | sed "s/  */ /g" | cut -d" " -f1-5,9-';
      const script = `${look}; test -e /etc/group; echo $?; stat -c %Y /keep/old`;
      const run = ['run', '--rm', '--network', 'none', 'twin/made:1', 'sh', '-c', script];
      expect(await twins.apart(...run)).toBe('');
    });

    test.runIf(needTool('umoci'))('unpacked by umoci is what the container itself sees', async () => {
      const { phyllo } = twins;
      const layout = join(home, 'layout.tar');
      const exported = join(home, 'exported');
      expect(await phyllo('commit', 'changer', 'twin/tree:1')).toMatchObject({ code: 0 });
      expect(await phyllo('save', '--format', 'oci-archive', '-o', layout, 'twin/tree:1')).toMatchObject({
        code: 0,
      });
      expect(await phyllo('export', '-o', `${exported}.tar`, 'changer')).toMatchObject({ code: 0 });
      for (const [folder, tar] of [
        [join(home, 'layout'), layout],
        [exported, `${exported}.tar`],
      ]) {
        mkdirSync(folder!);
        execFileSync('tar', ['-xpf', tar!, '-C', folder!]);
      }
      const tag = (
        JSON.parse(execFileSync('cat', [join(home, 'layout/index.json')], { encoding: 'utf8' })) as {
          manifests: { annotations: Record<string, string> }[];
        }
      ).manifests[0]!.annotations['org.opencontainers.image.ref.name']!;
      execFileSync('umoci', ['unpack', '--image', `${join(home, 'layout')}:${tag}`, join(home, 'bundle')], {
        stdio: 'ignore',
      });
      expect(listing(exported)).toEqual(listing(join(home, 'bundle', 'rootfs')));
    });
  });
});

const EXECUTION =
  'User Env Cmd Entrypoint WorkingDir Labels ExposedPorts Volumes StopSignal OnBuild Healthcheck'.split(' ');

/** Of a configuration, what a container of it is run with; what is empty is as good as absent. */
function executionOf(json: string): object {
  const config = JSON.parse(json) as Readonly<Record<string, unknown>>;
  const isEmpty = (value: unknown): boolean => value === '' || JSON.stringify(value ?? {}) === '{}';
  return Object.fromEntries(EXECUTION.map((field) => [field, isEmpty(config[field]) ? null : config[field]]));
}

/** Mount points that every run needs are in no layer. */
const STUBS = /(?:^| {2})\.\/(?:dev|proc|sys|etc\/(?:hosts|hostname|resolv\.conf))(?:[/|]|$)/;

/** A line for all that is below a folder: type, mode, owner, size, time, content. */
function listing(folder: string): string[] {
  const script = `find . -mindepth 1 ! -type d -printf '%p|%y|%m|%U:%G|%s|%Ts|%l\\n' -o -type d -mindepth 1 -printf '%p|d|%m|%U:%G\\n'; find . -type f -exec sha256sum {} +`;
  const lines = execFileSync('sh', ['-c', script], { cwd: folder, encoding: 'utf8' }).split('\n');
  return lines.filter((line) => !STUBS.test(line)).sort();
}
