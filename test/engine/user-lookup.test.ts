import { describe, expect, test } from 'vitest';
import { MAX_USER_FILE_BYTES, lookUpUser } from '../../src/engine/user-lookup.ts';

const PASSWD = Buffer.from(
  [
    '# a comment: no entry',
    'root:x:0:0:root:/root:/bin/sh',
    'app:x:1000:100:App:/home/app:/bin/sh',
    'app:x:0:0:second of its name:/root:/bin/sh',
    'twin:x:1000:0:same uid:/root:/bin/sh',
    '2000:x:0:0:a number for a name:/root:/bin/sh',
    'homeless:x:7:7',
    'relative:x:8:8::home/x:/bin/sh',
    'huge:x:4294967296:0::/root:',
    'edge:x:2147483648:0::/root:',
    'minus:x:-1:0::/root:',
    'words:x:zero:0::/root:',
    ':x:0:0:nameless:/root:',
    '  spaced:x:9:9::/s:  ',
    '',
  ].join('\n'),
);
const GROUP = Buffer.from(
  [
    'root:x:0:root',
    'bin:x:1:root,app',
    'app:x:100:',
    'extra:x:50:other,app,more',
    'extra:x:0:second of its name',
    '60:x:0:a number for a name',
    'far:x:4294967296:app',
    'sub:x:51:application,xapp',
    '',
  ].join('\n'),
);

function ids(user: string): readonly [uid: number, gid: number, groups: string, home: string, name: string] {
  const { uid, gid, additionalGids, home, name } = lookUpUser(user, PASSWD, GROUP);
  return [uid, gid, additionalGids.join(' '), home, name];
}

describe('users of a container', () => {
  test.each([
    ['', [0, 0, '0 1', '/root', 'root']],
    ['root', [0, 0, '0 1', '/root', 'root']],
    ['0', [0, 0, '0 1', '/root', 'root']],
    ['app', [1000, 100, '100 1 50', '/home/app', 'app']],
    ['1000', [1000, 100, '100 1 50', '/home/app', 'app']],
    ['twin', [1000, 0, '0', '/root', 'twin']],
    ['app:root', [1000, 0, '0', '/home/app', 'app']],
    ['app:50', [1000, 50, '50', '/home/app', 'app']],
    ['app:extra', [1000, 50, '50', '/home/app', 'app']],
    ['app:', [1000, 100, '100 1 50', '/home/app', 'app']],
    [':extra', [0, 50, '50', '/root', 'root']],
    ['1234', [1234, 0, '0', '/', '']],
    ['1234:5678', [1234, 5678, '5678', '/', '']],
    ['1234:extra', [1234, 50, '50', '/', '']],
    ['2147483647', [2147483647, 0, '0', '/', '']],
    ['+5', [5, 0, '0', '/', '']],
    ['007', [7, 7, '7', '/', 'homeless']],
    ['relative', [8, 8, '8', '/', 'relative']],
    ['spaced', [9, 9, '9', '/s', 'spaced']],
  ] as const)('%j', (user, expected) => {
    expect(ids(user)).toEqual(expected);
  });

  test('a number is never a name: an entry called 2000 with the uid 0 makes nobody root', () => {
    expect(ids('2000')).toEqual([2000, 0, '0', '/', '']);
    expect(ids('app:60')).toEqual([1000, 60, '60', '/home/app', 'app']);
  });

  test.each([
    ['nobody', 'unable to find user nobody: no matching entries in passwd file'],
    ['app:none', 'unable to find group none: no matching entries in group file'],
    ['huge', 'unable to find user huge: no matching entries in passwd file'],
    ['edge', 'unable to find user edge: no matching entries in passwd file'],
    ['minus', 'unable to find user minus: no matching entries in passwd file'],
    ['words', 'unable to find user words: no matching entries in passwd file'],
    ['app:far', 'unable to find group far: no matching entries in group file'],
    ['2147483648', 'must be in range'],
    ['4294967296', 'must be in range'],
    ['4294967296:1', 'must be in range'],
    ['99999999999999999999999999', 'must be in range'],
    ['-1', 'must be in range'],
    ['1:2147483648', 'must be in range'],
    ['1:-1', 'must be in range'],
    ['1:4294967296', 'must be in range'],
    ['a\u001b[31m', 'unable to find user a\\x1b[31m'],
  ])('%j is refused', (user, reason) => {
    expect(() => ids(user)).toThrow(
      expect.objectContaining({
        code: 'invalid-argument',
        message: expect.stringContaining(reason) as string,
      }),
    );
  });

  test('files that are not there know nobody, and numbers still work', () => {
    expect(lookUpUser('', undefined, undefined)).toEqual({
      uid: 0,
      gid: 0,
      additionalGids: [0],
      home: '/',
      name: '',
    });
    expect(lookUpUser('12:13', undefined, undefined)).toMatchObject({ uid: 12, gid: 13 });
    expect(() => lookUpUser('app', undefined, undefined)).toThrow(/unable to find user app/);
    expect(() => lookUpUser('1:app', undefined, undefined)).toThrow(/unable to find group app/);
  });

  test('files that are too large are refused', () => {
    const large = Buffer.alloc(MAX_USER_FILE_BYTES + 1, 'x');
    const refusal = expect.objectContaining({ code: 'limit-exceeded' }) as Error;
    expect(() => lookUpUser('app', large, undefined)).toThrow(refusal);
    expect(() => lookUpUser('app', PASSWD, large)).toThrow(refusal);
  });

  test('files as large as is allowed are read in linear time', () => {
    const line = 'root:x:1:1::/:\n';
    const passwd = Buffer.from(line.repeat(Math.floor(MAX_USER_FILE_BYTES / line.length)));
    const members = Buffer.from(`big:x:77:${'a,'.repeat(500_000)}app\n`);
    const colons = Buffer.from(`${':'.repeat(MAX_USER_FILE_BYTES - 1)}\n`);
    const begin = performance.now();
    expect(() => lookUpUser('app', passwd, GROUP)).toThrow(/unable to find/);
    expect(lookUpUser('app', PASSWD, members).additionalGids).toEqual([100, 77]);
    expect(() => lookUpUser('app', colons, GROUP)).toThrow(/unable to find/);
    expect(performance.now() - begin).toBeLessThan(3000);
  });

  test('bytes that are no UTF-8 do not end the reading', () => {
    const passwd = Buffer.concat([Buffer.from([0xff, 0xfe, 0x3a, 0x0a]), PASSWD]);
    expect(lookUpUser('app', passwd, GROUP).uid).toBe(1000);
  });
});
