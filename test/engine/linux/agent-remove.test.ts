// Taking away what a container had, whatever lies there.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { chdir, cwd } from 'node:process';
import { beforeEach, expect, test } from 'vitest';
import { removeData } from '../../../src/engine/linux/agent-remove.ts';
import { temporaryFolder } from '../../support/image-folder.ts';

let folder: string;
let container: string;

beforeEach(() => {
  folder = temporaryFolder();
  container = join(folder, 'container');
  mkdirSync(join(container, 'upper'), { recursive: true });
});

test('all but the record goes; without a record the folder does, too', () => {
  writeFileSync(join(container, 'config.json'), 'the record');
  writeFileSync(join(container, 'state.json'), '{}');
  writeFileSync(join(container, 'upper', 'config.json'), 'of the image');
  removeData(container);
  expect(readdirSync(container)).toEqual(['config.json']);
  expect(readFileSync(join(container, 'config.json'), 'utf8')).toBe('the record');
  execFileSync('rm', [join(container, 'config.json')]);
  removeData(container);
  expect(readdirSync(folder)).toEqual([]);
  removeData(container);
});

test.each([
  ['names in no encoding', 'mkdir "$(printf \'a\\377\')"; : > "$(printf \'a\\377/\\376\\n\')"'],
  ['folders that nobody may enter', 'mkdir -p a/b; : > a/b/c; chmod 0 a/b a'],
  ['pipes', 'mkfifo pipe; chmod 0 pipe'],
])('%s go', (_, script) => {
  execFileSync('sh', ['-euc', script], { cwd: join(container, 'upper') });
  removeData(container);
  expect(existsSync(container)).toBe(false);
});

test('paths longer than any may be go', () => {
  const here = cwd();
  chdir(join(container, 'upper'));
  for (let level = 0; level < 60; level++) {
    mkdirSync('d'.repeat(200));
    chdir('d'.repeat(200));
  }
  writeFileSync('file', '');
  chdir(here);
  removeData(container);
  expect(existsSync(container)).toBe(false);
});

test('links go, and what they lead to stays', () => {
  const elsewhere = join(folder, 'elsewhere');
  mkdirSync(elsewhere);
  writeFileSync(join(elsewhere, 'file'), 'kept');
  for (const place of [container, join(container, 'upper')]) symlinkSync(elsewhere, join(place, 'link'));
  removeData(container);
  expect(readdirSync(folder)).toEqual(['elsewhere']);
  expect(readFileSync(join(elsewhere, 'file'), 'utf8')).toBe('kept');
});
