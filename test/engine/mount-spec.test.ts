import { describe, expect, test } from 'vitest';
import { allMounts, checkBindSource, parseVolumeSpec, protectedPaths } from '../../src/engine/mount-spec.ts';
import { parseTmpfsSpec } from '../../src/engine/tmpfs-spec.ts';

const invalid = expect.objectContaining({ code: 'invalid-argument' }) as Error;

describe('-v', () => {
  test.each([
    ['/a:/b', { type: 'bind', source: '/a', target: '/b', readOnly: false }],
    ['/a:/b:ro', { type: 'bind', source: '/a', target: '/b', readOnly: true }],
    ['/a:/b:rw', { type: 'bind', source: '/a', target: '/b', readOnly: false }],
    ['/a:/b:ro,z', { type: 'bind', source: '/a', target: '/b', readOnly: true }],
    ['/a/../b/:/c/./d/', { type: 'bind', source: '/b', target: '/c/d', readOnly: false }],
    ['cache:/b', { type: 'volume', name: 'cache', target: '/b', readOnly: false }],
    ['my.cache-1_x:/b:ro', { type: 'volume', name: 'my.cache-1_x', target: '/b', readOnly: true }],
    ['/scratch', { type: 'volume', name: undefined, target: '/scratch', readOnly: false }],
    ['/a:/../../b', { type: 'bind', source: '/a', target: '/b', readOnly: false }],
    ['/a:/process', { type: 'bind', source: '/a', target: '/process', readOnly: false }],
  ])('%s', (text, expected) => {
    expect(parseVolumeSpec(text)).toEqual(expected);
  });

  test.each([
    '',
    ':',
    '/a:',
    ':/b',
    '/a:/b:',
    '/a:/b:ro:x',
    'relative',
    './a:/b',
    '../a:/b',
    'a/b:/c',
    '~/a:/b',
    'x:/b',
    '.hidden:/b',
    '/a:b',
    '/a:ro',
    '/a:/',
    '/a:/..',
    '/',
    '/a:/proc',
    '/a:/proc/self',
    '/a:/x/../sys/kernel',
    '/a:/b:ro,rw',
    '/a:/b\0',
  ])('%j is refused', (text) => {
    expect(() => parseVolumeSpec(text)).toThrow(invalid);
  });

  test.each(['/a:/b:shared', '/a:/b:nocopy', '/a:/b:ro,rslave', '/a:/b:RO'])(
    'the mode of %s is not supported, and it says so',
    (text) => {
      expect(() => parseVolumeSpec(text)).toThrow(expect.objectContaining({ code: 'unsupported' }));
    },
  );

  test('a relative source is told how to be right', () => {
    expect(() => parseVolumeSpec('./a:/b')).toThrow(
      expect.objectContaining({ hint: expect.stringContaining('absolute path') as string }),
    );
  });
});

describe('what a container is never given', () => {
  const places = protectedPaths({
    storeRoot: '/home/me/.local/share/phyllo',
    configDir: '/home/me/.config/phyllo',
    home: '/home/me',
  });

  test.each([
    '/',
    '//',
    '/a/..',
    '/home/me/.local/share/phyllo',
    '/home/me/.local/share/phyllo/containers',
    '/home/me/.local',
    '/home/me',
    '/home',
    '/home/me/.ssh',
    '/home/me/.ssh/id_ed25519',
    '/home/me/x/../.ssh',
    '/home/me/.gnupg',
    '/home/me/.docker/config.json',
    '/home/me/.config/phyllo/config.json',
    '/proc',
    '/proc/1/root',
    '/sys',
    '/sys/fs/cgroup',
    '/var/run/docker.sock',
    '/run/docker.sock',
    '/run',
  ])('%s', (source) => {
    expect(() => checkBindSource(source, places)).toThrow(invalid);
  });

  test.each([
    '/home/me/work',
    '/home/me/.sshx',
    '/home/me/.local/share/phyllo2',
    '/srv',
    '/processes',
    '/tmp',
  ])('%s is given', (source) => {
    expect(() => checkBindSource(source, places)).not.toThrow();
  });
});

describe('VOLUME', () => {
  test('each has a volume of its own where nothing is mounted', () => {
    const asked = [parseVolumeSpec('cache:/cache')];
    expect(allMounts(asked, ['/cache/', '/data', '/data/.', '/x/../logs'])).toEqual([
      ...asked,
      { type: 'volume', name: undefined, target: '/data', readOnly: false },
      { type: 'volume', name: undefined, target: '/logs', readOnly: false },
    ]);
  });

  test.each(['/', 'data', '/..', '/proc/x', ''])('%j in an image is refused', (volume) => {
    expect(() => allMounts([], [volume])).toThrow(invalid);
  });

  test('two mounts on one place are refused', () => {
    expect(() => allMounts([parseVolumeSpec('/a:/x'), parseVolumeSpec('/b:/x/')], [])).toThrow(invalid);
  });
});

describe('--tmpfs', () => {
  test.each([
    ['/run', ['noexec', 'nosuid', 'nodev']],
    ['/run:size=64m,mode=755', ['noexec', 'nosuid', 'nodev', 'size=64m', 'mode=755']],
    ['/run:exec,size=10%', ['nosuid', 'nodev', 'exec', 'size=10%']],
    ['/run:noexec', ['nosuid', 'nodev', 'noexec']],
    ['/run:ro,uid=5,gid=6', ['noexec', 'nosuid', 'nodev', 'ro', 'uid=5', 'gid=6']],
  ])('%s', (text, options) => {
    expect(parseTmpfsSpec(text)).toEqual({ type: 'tmpfs', target: '/run', options });
  });

  test.each([
    '',
    'run',
    '/',
    '/proc',
    '/run:',
    '/run:size',
    '/run:size=',
    '/run:size=1x',
    '/run:mode=9',
    '/run:ro=1',
    '/run:bind',
    '/run:upperdir=/etc',
    '/run:size=1,,ro',
    '/run:size=1\n',
    '/run:constructor=1',
    '/run:remount',
  ])('%j is refused', (text) => {
    expect(() => parseTmpfsSpec(text)).toThrow(invalid);
  });
});
