import { describe, expect, test } from 'vitest';
import {
  DEFAULT_PATH,
  execSpec,
  processConfig,
  withHome,
  withHostname,
} from '../../src/engine/process-spec.ts';
import type { ExecutionConfig } from '../../src/oci/config.ts';

const NOTHING: ExecutionConfig = { exposedPorts: [], env: [], volumes: [], labels: {}, onBuild: [] };

function image(config: Partial<ExecutionConfig>): ExecutionConfig {
  return { ...NOTHING, ...config };
}

describe('entry point and command', () => {
  test.each([
    { entrypoint: ['/e'], cmd: ['c'], asked: {}, argv: ['/e', 'c'] },
    { entrypoint: undefined, cmd: ['c', 'd'], asked: {}, argv: ['c', 'd'] },
    { entrypoint: ['/e'], cmd: undefined, asked: {}, argv: ['/e'] },
    { entrypoint: ['/e'], cmd: ['c'], asked: { command: ['x'] }, argv: ['/e', 'x'] },
    { entrypoint: ['/e'], cmd: ['c'], asked: { command: [] }, argv: ['/e', 'c'] },
    { entrypoint: ['/e'], cmd: ['c'], asked: { entrypoint: ['/n'] }, argv: ['/n'] },
    { entrypoint: ['/e'], cmd: ['c'], asked: { entrypoint: ['/n'], command: ['x'] }, argv: ['/n', 'x'] },
    { entrypoint: ['/e'], cmd: ['c'], asked: { entrypoint: [], command: ['x'] }, argv: ['x'] },
    { entrypoint: ['/e'], cmd: ['c'], asked: { entrypoint: [''], command: ['x', 'y'] }, argv: ['x', 'y'] },
  ])('of image $entrypoint $cmd and $asked is $argv', ({ entrypoint, cmd, asked, argv }) => {
    const made = processConfig(image({ ...(entrypoint && { entrypoint }), ...(cmd && { cmd }) }), asked);
    expect(made.process.argv).toEqual(argv);
    expect([...made.entrypoint, ...made.command]).toEqual(argv);
  });

  test.each([
    { config: image({}), asked: {} },
    { config: image({ entrypoint: ['/e'], cmd: ['c'] }), asked: { entrypoint: [''] } },
    { config: image({ cmd: ['c'] }), asked: { entrypoint: [] } },
  ])('nothing to run is refused: $config $asked', ({ config, asked }) => {
    expect(() => processConfig(config, asked)).toThrow(/no command specified/);
  });
});

describe('the environment', () => {
  test.each([
    { env: [], asked: [], tty: false, result: [DEFAULT_PATH] },
    { env: [], asked: [], tty: true, result: [DEFAULT_PATH, 'TERM=xterm'] },
    { env: ['PATH=/x', 'A=1'], asked: [], tty: false, result: ['PATH=/x', 'A=1'] },
    { env: ['A=1', 'B=2'], asked: ['B=3', 'C=4'], tty: false, result: [DEFAULT_PATH, 'B=3', 'C=4', 'A=1'] },
    { env: ['A=1'], asked: ['A=2', 'A=3'], tty: false, result: [DEFAULT_PATH, 'A=3'] },
    { env: ['A=1', 'B=2'], asked: ['A'], tty: false, result: [DEFAULT_PATH, 'B=2'] },
    { env: [], asked: ['TERM=dumb'], tty: true, result: [DEFAULT_PATH, 'TERM=dumb'] },
    { env: ['A=b=c'], asked: ['__proto__=x'], tty: false, result: [DEFAULT_PATH, '__proto__=x', 'A=b=c'] },
  ])('of image $env and $asked (terminal: $tty) is $result', ({ env, asked, tty, result }) => {
    expect(processConfig(image({ env, cmd: ['c'] }), { env: asked, tty }).process.env).toEqual(result);
  });

  test('HOSTNAME comes after PATH and HOME last, unless they were given', () => {
    const { process } = processConfig(image({ cmd: ['c'], env: ['A=1'] }));
    expect(withHome(withHostname(process, 'box'), '/h').env).toEqual([
      DEFAULT_PATH,
      'HOSTNAME=box',
      'A=1',
      'HOME=/h',
    ]);
    const given = processConfig(image({ cmd: ['c'], env: ['HOME=/own', 'HOSTNAME=mine'] })).process;
    expect(withHome(withHostname(given, 'box'), '/h')).toEqual(given);
  });

  test('image and user are kept apart from what is added', () => {
    expect(processConfig(image({ cmd: ['c'], env: ['A=1'] }), { env: ['B=2'], tty: true }).env).toEqual([
      'B=2',
      'A=1',
    ]);
  });
});

describe('the working directory', () => {
  test.each([
    [undefined, '/'],
    ['/', '/'],
    ['/a/', '/a'],
    ['/a/./b/../c', '/a/c'],
    ['//a///b', '/a/b'],
    ['/../..', '/'],
    ['/proc', '/proc'],
    ['/proc/self', '/proc/self'],
    ['/procfd/self/fd', '/procfd/self/fd'],
    ['/dev/fdx', '/dev/fdx'],
  ])('%s is %s', (given, expected) => {
    const config = image({ cmd: ['c'], ...(given !== undefined && { workingDir: given }) });
    expect(processConfig(config).process.workingDir).toBe(expected);
  });

  test.each([
    '/proc/self/fd/7',
    '/proc/self/fd',
    '//proc/./self/../self/fd/8',
    '/proc/1/fd/9/etc',
    '/proc/thread-self/fd/3',
    '/proc/self/task/1/fd/3',
    '/proc/self/cwd',
    '/proc/1/root',
    '/dev/fd/8',
    '/dev/stdin',
  ])('%s leads out of the container and is refused', (path) => {
    expect(() => processConfig(image({ cmd: ['c'], workingDir: path }))).toThrow(/leads out/);
    expect(() => processConfig(image({ cmd: ['c'] }), { workingDir: path })).toThrow(/leads out/);
  });

  test('a relative one is refused', () => {
    expect(() => processConfig(image({ cmd: ['c'] }), { workingDir: 'a' })).toThrow(/absolute/);
  });

  test("an empty one is the image's", () => {
    const config = image({ cmd: ['c'], workingDir: '/w' });
    expect(processConfig(config, { workingDir: '' }).process.workingDir).toBe('/w');
  });
});

test('a NUL character is refused wherever it is', () => {
  const config = image({ cmd: ['c'] });
  for (const asked of [{ command: ['a\0'] }, { env: ['A=\0'] }, { user: 'a\0' }, { workingDir: '/\0' }]) {
    expect(() => processConfig(config, asked)).toThrow(/NUL/);
  }
});

describe('one more process', () => {
  const made = processConfig(image({ cmd: ['c'], env: ['A=1'], user: 'app', workingDir: '/w' }), {
    tty: true,
  });
  const container = { ...made, process: withHostname(made.process, 'box'), hostname: 'box' };

  test("has the container's environment, user and directory", () => {
    expect(execSpec(container, { command: ['x'] })).toEqual({
      argv: ['x'],
      env: [DEFAULT_PATH, 'HOSTNAME=box', 'A=1'],
      workingDir: '/w',
      user: 'app',
      tty: false,
      stdin: false,
    });
  });

  test('has what was asked for instead, and no entry point', () => {
    const asked = {
      command: ['x'],
      env: ['A=2', 'B=3'],
      user: '0',
      workingDir: '/v/',
      tty: true,
      stdin: true,
    };
    expect(execSpec({ ...container, entrypoint: ['/e'] } as typeof container, asked)).toEqual({
      argv: ['x'],
      env: [DEFAULT_PATH, 'HOSTNAME=box', 'TERM=xterm', 'A=2', 'B=3'],
      workingDir: '/v',
      user: '0',
      tty: true,
      stdin: true,
    });
  });

  test('needs a command', () => {
    expect(() => execSpec(container, {})).toThrow(/no command/);
  });
});
