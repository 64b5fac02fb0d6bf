// Every option of `RUN --mount`, and what a mount adds to the key.
import { describe, expect, test } from 'vitest';
import type { RunInstruction, RunMount } from '../../src/dockerfile/instruction.ts';
import { type MountPlan, mountKey, planMount } from '../../src/build/run-mounts.ts';
import { dockerfile } from './stage-steps.ts';

const RANGE = { start: { line: 2, column: 5 }, end: { line: 2, column: 9 } };

function planned(text: string, workingDir = '/w'): MountPlan {
  const { instructions } = dockerfile(['FROM x', `RUN --mount=${text} y`]);
  return planMount((instructions[1] as RunInstruction).mounts[0]!, workingDir, 3);
}

/** What comes by variables is judged here alone. */
function plannedOf(options: RunMount['options']): MountPlan {
  return planMount({ options, range: RANGE }, '/w', 0);
}

const BIND = { type: 'bind', target: '/t', from: undefined, source: '/', writable: false };
const CACHE = {
  type: 'cache',
  target: '/t',
  id: '/t',
  sharing: 'shared',
  readOnly: false,
  from: undefined,
  source: '/',
  mode: 0o755,
  uid: 0,
  gid: 0,
};
const SECRET = {
  type: 'secret',
  id: 's',
  target: '/run/secrets/s',
  env: undefined,
  required: false,
  mode: 0o400,
  uid: 0,
  gid: 0,
};
const SSH = {
  type: 'ssh',
  id: 'default',
  target: '/run/buildkit/ssh_agent.3',
  required: false,
  mode: 0o600,
  uid: 0,
  gid: 0,
};

describe('options', () => {
  test.each([
    ['target=/t', BIND],
    ['dst=/t', BIND],
    ['destination=/t', BIND],
    ['TYPE=BIND,Target=/t', BIND],
    ['type=bind,target=t', { ...BIND, target: '/w/t' }],
    ['type=bind', { ...BIND, target: '/w' }],
    ['target=/a/../t/', BIND],
    ['target=../../../t', BIND],
    ['target=/a,target=/t', BIND],
    ['target=/t,from=stage', { ...BIND, from: 'stage' }],
    ['target=/t,source=a/b', { ...BIND, source: '/a/b' }],
    ['target=/t,src=../../a', { ...BIND, source: '/a' }],
    ['target=/t,source=/../../etc', { ...BIND, source: '/etc' }],
    ['target=/t,rw', { ...BIND, writable: true }],
    ['target=/t,readwrite=true', { ...BIND, writable: true }],
    ['target=/t,ro=false', { ...BIND, writable: true }],
    ['target=/t,rw=0', BIND],
    ['target=/t,ro', BIND],
    ['target=/t,rw,ro', BIND],
    ['target=/t,ro,rw', { ...BIND, writable: true }],
    ['target=/t,id=x,env=y', BIND],
    ['type=cache,target=/t', CACHE],
    ['type=cache,target=t,id=', { ...CACHE, target: '/w/t', id: '/w/t' }],
    ['type=cache,target=/t,id=../../x', { ...CACHE, id: '../../x' }],
    ['type=cache,target=/t,sharing=LOCKED', { ...CACHE, sharing: 'locked' }],
    ['type=cache,target=/t,sharing=private', { ...CACHE, sharing: 'private' }],
    ['type=cache,target=/t,ro', { ...CACHE, readOnly: true }],
    ['type=cache,target=/t,rw=false', { ...CACHE, readOnly: true }],
    [
      'type=cache,target=/t,from=s,source=../a,mode=0700,uid=1,gid=4294967295',
      { ...CACHE, from: 's', source: '/a', mode: 0o700, uid: 1, gid: 4_294_967_295 },
    ],
    ['type=tmpfs,target=/t', { type: 'tmpfs', target: '/t', sizeBytes: undefined }],
    ['type=tmpfs,target=/t,ro', { type: 'tmpfs', target: '/t', sizeBytes: undefined }],
    ['type=secret,id=s', SECRET],
    ['type=secret,source=s', SECRET],
    ['type=secret,id=a/b/s', { ...SECRET, id: 'a/b/s' }],
    ['type=secret,id=../../s', { ...SECRET, id: '../../s' }],
    ['type=secret,target=/x/s', { ...SECRET, target: '/x/s' }],
    ['type=secret,id=s,target=x', { ...SECRET, target: '/w/x' }],
    ['type=secret,id=s,env=E', { ...SECRET, target: undefined, env: 'E' }],
    ['type=secret,id=s,env=E,target=/x', { ...SECRET, target: '/x', env: 'E' }],
    ['type=secret,id=s,required', { ...SECRET, required: true }],
    [
      'type=secret,id=s,required=T,mode=0444,uid=5,gid=6',
      { ...SECRET, required: true, mode: 0o444, uid: 5, gid: 6 },
    ],
    ['type=ssh', SSH],
    [
      'type=ssh,id=k,target=/s,required=1,mode=660,uid=7',
      { ...SSH, id: 'k', target: '/s', required: true, mode: 0o660, uid: 7 },
    ],
  ])('%s', (text, expected) => {
    expect(planned(text)).toEqual(expected);
  });

  test.each([
    ['0', 0],
    ['100', 100],
    ['64m', 64 * 1024 ** 2],
    ['64MB', 64 * 1024 ** 2],
    ['64MiB', 64 * 1024 ** 2],
    ['1.5g', 1.5 * 1024 ** 3],
    ['1 k', 1024],
    ['2t', 2 * 1024 ** 4],
    ['1p', 1024 ** 5],
  ])('size=%s', (text, sizeBytes) => {
    expect(
      plannedOf([
        ['type', 'tmpfs'],
        ['target', '/t'],
        ['size', text],
      ]),
    ).toMatchObject({ sizeBytes });
  });
});

describe('errors', () => {
  test.each([
    [[['type', 'bnd']], /there is no type "bnd"/, 'Did you mean bind?'],
    [
      [['type', 'constructor']],
      /there is no type "constructor"/,
      'It is one of bind, cache, tmpfs, secret, ssh.',
    ],
    [
      [
        ['target', '/t'],
        ['sourc', 'x'],
      ],
      /there is no option "sourc"/,
      'Did you mean source?',
    ],
    [
      [
        ['target', '/t'],
        ['toString', 'x'],
      ],
      /there is no option "toString"/,
      undefined,
    ],
    [[['target', '/']], /nothing can be mounted on "\/"/, undefined],
    [[['target', '/a/..']], /nothing can be mounted on/, undefined],
    [[['target', '/a\0b']], /nothing can be mounted on/, undefined],
    [
      [
        ['target', '/t'],
        ['ro', 'maybe'],
      ],
      /readonly=maybe is neither true nor false/,
      undefined,
    ],
    [
      [
        ['target', '/t'],
        ['rw', ''],
      ],
      /readwrite= is neither true nor false/,
      undefined,
    ],
    [
      [
        ['target', '/t'],
        ['mode', '700'],
      ],
      /a mount of type bind has no mode/,
      undefined,
    ],
    [
      [
        ['target', '/t'],
        ['required', 'true'],
      ],
      /a mount of type bind has no required/,
      undefined,
    ],
    [
      [
        ['type', 'cache'],
        ['target', '/t'],
        ['mode', '9'],
      ],
      /mode=9 is no mode/,
      undefined,
    ],
    [
      [
        ['type', 'cache'],
        ['target', '/t'],
        ['mode', '17777'],
      ],
      /mode=17777 is no mode/,
      undefined,
    ],
    [
      [
        ['type', 'cache'],
        ['target', '/t'],
        ['uid', '-1'],
      ],
      /uid=-1 is no number/,
      undefined,
    ],
    [
      [
        ['type', 'cache'],
        ['target', '/t'],
        ['gid', '4294967296'],
      ],
      /gid=4294967296 is no number/,
      undefined,
    ],
    [
      [
        ['type', 'cache'],
        ['target', '/t'],
        ['sharing', 'all'],
      ],
      /there is no sharing "all"/,
      'It is one of shared, private, locked.',
    ],
    [
      [
        ['type', 'cache'],
        ['target', '/t'],
        ['size', '1m'],
      ],
      /a mount of type cache has no size/,
      undefined,
    ],
    [
      [
        ['type', 'tmpfs'],
        ['target', '/t'],
        ['size', 'big'],
      ],
      /size=big is no size/,
      'Write 64m or 1g.',
    ],
    [
      [
        ['type', 'tmpfs'],
        ['target', '/t'],
        ['size', '-1'],
      ],
      /size=-1 is no size/,
      'Write 64m or 1g.',
    ],
    [
      [
        ['type', 'tmpfs'],
        ['target', '/t'],
        ['size', '99999999t'],
      ],
      /is no size/,
      'Write 64m or 1g.',
    ],
    [
      [
        ['type', 'tmpfs'],
        ['target', '/t'],
        ['sharing', 'shared'],
      ],
      /tmpfs has no sharing/,
      undefined,
    ],
    [[['type', 'secret']], /a secret needs an id or a target/, undefined],
    [
      [
        ['type', 'secret'],
        ['id', 'a'],
        ['source', 'b'],
      ],
      /an id or a source, not both/,
      undefined,
    ],
    [
      [
        ['type', 'secret'],
        ['id', 'a'],
        ['from', 'b'],
      ],
      /a mount of type secret has no from/,
      undefined,
    ],
    [
      [
        ['type', 'secret'],
        ['id', '/'],
      ],
      /the secret "\/" needs a target/,
      undefined,
    ],
    [
      [
        ['type', 'secret'],
        ['id', 'a/..'],
      ],
      /the secret "a\/.." needs a target/,
      undefined,
    ],
    [
      [
        ['type', 'ssh'],
        ['source', 'a'],
      ],
      /a mount of type ssh has no source/,
      undefined,
    ],
  ] as const)('%j', (options, message, hint) => {
    expect(() => plannedOf(options)).toThrow(
      expect.objectContaining({
        code: 'invalid-dockerfile',
        message: expect.stringMatching(message) as string,
        hint,
        data: { diagnostics: [expect.objectContaining({ range: RANGE })] },
      }),
    );
  });
});

describe('the key', () => {
  const key = (text: string, digest?: string): string => {
    const { name, value } = mountKey(planned(text), digest);
    return `${name}: ${value}`;
  };

  test.each([
    ['target=/t,source=a', 'D', 'mount /t: bind /a D'],
    ['target=/t,rw', 'D', 'mount /t: bind rw / D'],
    ['type=cache,target=/t', undefined, 'mount /t: cache'],
    ['type=cache,target=/t,ro', undefined, 'mount /t: cache ro'],
    ['type=cache,target=/t,from=x', 'D', 'mount /t: cache D'],
    ['type=tmpfs,target=/t,size=1k', undefined, 'mount /t: tmpfs 1024'],
    ['type=tmpfs,target=/t', undefined, 'mount /t: tmpfs'],
    ['type=secret,id=s', undefined, 'secret s: /run/secrets/s 400 0:0'],
    ['type=secret,id=s,env=E', undefined, 'secret s: E 400 0:0'],
    ['type=ssh', undefined, 'ssh default: /run/buildkit/ssh_agent.3 600 0:0'],
  ])('of %s', (text, digest, expected) => {
    expect(key(text, digest)).toBe(expected);
  });

  test('does not know which cache it is, nor how it is shared', () => {
    expect(key('type=cache,target=/t,id=a,sharing=locked')).toBe(key('type=cache,target=/t,id=b'));
  });
});
