// What the words of a command line ask of a build.
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { type BuildOptions, buildRequest } from '../../src/cli/build-options.ts';
import type { Context } from '../../src/cli/context.ts';

const stdin = Readable.from([]);

function request(
  options: BuildOptions = {},
  env: Readonly<Record<string, string>> = {},
  place = '.',
): ReturnType<typeof buildRequest> {
  return buildRequest({ io: { env, stdin } } as unknown as Context, place, options);
}

describe('build arguments', () => {
  test.each([
    [['A=1'], [['A', '1']]],
    [['A='], [['A', '']]],
    [['A=b=c'], [['A', 'b=c']]],
    [['SET'], [['SET', 'of the environment']]],
    [['UNSET'], []],
    [['constructor', 'toString', '__proto__'], []],
    [
      ['A=1', 'A=2'],
      [
        ['A', '1'],
        ['A', '2'],
      ],
    ],
  ])('%j', (buildArg, expected) => {
    expect(request({ buildArg }, { SET: 'of the environment' }).buildArgs).toEqual(expected);
  });
});

describe('secrets', () => {
  test.each([
    ['id=s,src=/a/b', { file: '/a/b' }],
    ['id=s,source=rel', { file: resolve('rel') }],
    ['id=s,src=~/x', { file: join(homedir(), 'x') }],
    ['id=s,env=E', { env: 'E' }],
    ['type=env,id=s,src=E', { env: 'E' }],
    ['type=file,id=s,src=/f', { file: '/f' }],
    ['id=s', { file: resolve('s') }],
    ['id=IN_ENV', { env: 'IN_ENV' }],
    ['id=constructor', { file: resolve('constructor') }],
    ['id=s,src=/a=b', { file: '/a=b' }],
  ])('%s', (text, source) => {
    const id = /id=([^,]+)/.exec(text)![1];
    expect(request({ secret: [text] }, { IN_ENV: '1' }).secrets).toEqual([{ id, source }]);
  });
});

describe('the rest', () => {
  test('asks for nothing that was not said', () => {
    expect(Object.keys(request())).not.toEqual(expect.arrayContaining(['file', 'stdin', 'target', 'engine']));
    expect(request()).toMatchObject({
      context: '.',
      buildArgs: [],
      noCache: false,
      noCacheFilter: [],
      contexts: [],
      secrets: [],
      ssh: [],
      cacheFrom: [],
      labels: {},
      network: undefined,
      tags: [],
    });
  });

  test.each([
    [
      ['a,b', 'c'],
      ['a', 'b', 'c'],
    ],
    [[''], []],
    [['a,,b,'], ['a', 'b']],
  ])('--no-cache-filter %j', (cacheFilter, expected) => {
    expect(request({ cacheFilter }).noCacheFilter).toEqual(expected);
  });

  test('standard input is handed on where it is wanted', () => {
    expect([request({}, {}, '-').stdin, request({ file: '-' }).stdin, request().stdin]).toEqual([
      stdin,
      stdin,
      undefined,
    ]);
  });

  test('agents have sockets', () => {
    expect(request({ ssh: ['default', 'k=/s'] }, { SSH_AUTH_SOCK: '/a' }).ssh).toEqual([
      ['default', '/a'],
      ['k', '/s'],
    ]);
  });

  test('contexts have names', () => {
    expect(request({ buildContext: ['a=dir', 'b=docker-image://x:1'] }).contexts).toEqual([
      ['a', 'dir'],
      ['b', 'docker-image://x:1'],
    ]);
  });

  test.each<[BuildOptions, RegExp]>([
    [{ tag: ['x/UPPER'] }, /--tag/],
    [{ tag: [''] }, /--tag/],
    [{ tag: [`a@sha256:${'0'.repeat(64)}`] }, /has a digest/],
    [{ tag: ['0'.repeat(64)] }, /--tag/],
    [{ buildArg: [''] }, /has no name/],
    [{ secret: ['src=x'] }, /has no id/],
    [{ secret: ['id=s,toString=x'] }, /no field "toString"/],
    [{ buildContext: ['x'] }, /NAME=VALUE/],
    [{ ssh: ['default'] }, /SSH_AUTH_SOCK/],
    [{ network: 'mine' }, /--network/],
  ])('%j is refused', (options, message) => {
    expect(() => request(options)).toThrow(
      expect.objectContaining({
        code: 'invalid-argument',
        message: expect.stringMatching(message) as string,
      }),
    );
  });
});
