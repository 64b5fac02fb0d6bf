// --chown by the target's own files.
import { expect, test } from 'vitest';
import { resolveOwner } from '../../../src/build/copy/owner.ts';
import { readAll } from '../../../src/lib/streams.ts';
import { type Tree, tree } from './trees.ts';

const FILES: Tree = {
  'etc/passwd':
    'root:x:0:0:root:/root:/bin/sh\nweb:x:33:44:w:/:/bin/sh\n\nbad:x:77:xx:::\nhuge:x:99999999999:1::/:\n7:x:0:0::/:\n',
  'etc/group': 'root:x:0:\nweb:x:55:\nstaff:x:50:\n',
};

async function owner(
  text: string,
  files: Tree = FILES,
): Promise<{ ids: string; warnings: readonly string[] }> {
  const target = tree(files);
  const found = await resolveOwner(text, target, (path) => readAll(target.open(path), 1e9, path));
  return { ids: `${found.owner.uid}:${found.owner.gid}`, warnings: found.warnings };
}

test.each([
  ['5', '5:5'],
  ['+5', '5:5'],
  ['5:6', '5:6'],
  ['web', '33:44'],
  ['web:staff', '33:50'],
  ['web:7', '33:7'],
  ['web:', '33:0'],
  [':staff', '0:50'],
  ['root', '0:0'],
  ['root:staff', '0:50'],
  ['bad', '77:0'],
  ['huge', '0:1'],
  ['7', '7:7'],
  ['2147483647', '2147483647:2147483647'],
])('%s is %s', async (text, ids) => {
  expect(await owner(text)).toEqual({ ids, warnings: [] });
});

test.each([
  ['none', '0:0', ['user none']],
  ['none:staff', '0:50', ['user none']],
  ['web:none', '33:44', ['group none']],
  ['1:2:3', '1:1', ['group 2:3']],
  ['4294967295', '0:0', ['user 4294967295']],
  ['-1', '0:0', ['user -1']],
  ['0x5', '0:0', ['user 0x5']],
  ['a\x1b[m', '0:0', ['user a\\x1b[m']],
])('%s is %s, with a warning', async (text, ids, names) => {
  const found = await owner(text);
  expect(found.ids).toBe(ids);
  expect(found.warnings).toEqual(
    names.map((name) => expect.stringContaining(`there is no ${name} in the image`)),
  );
});

test('without the files numbers are numbers and names are an error', async () => {
  expect(await owner('5:6', {})).toEqual({ ids: '5:6', warnings: [] });
  await expect(owner('web', {})).rejects.toMatchObject({ code: 'not-found' });
  expect((await owner('web', { 'etc/passwd/': {} })).ids).toBe('0:0');
});

test('links are followed inside the image', async () => {
  const files: Tree = {
    etc: { link: '/../../conf' },
    'conf/passwd': { link: '../../../../../users' },
    users: 'web:x:1:2::/:',
  };
  expect((await owner('web', files)).ids).toBe('1:2');
});

test('a passwd file that is too large is refused', async () => {
  const files: Tree = { 'etc/passwd': { content: '', sizeBytes: 11 * 1024 * 1024 } };
  await expect(owner('web', files)).rejects.toMatchObject({ code: 'limit-exceeded' });
});
