import { expect, test } from 'vitest';
import { startsHere } from '../../../src/engine/linux/ahead.ts';

test.each([
  ['run --rm busybox true', {}, true],
  ['run busybox', { PHYLLO_ENGINE: 'auto' }, true],
  ['run busybox', { PHYLLO_ENGINE: 'linux' }, true],
  ['run busybox', { PHYLLO_ENGINE: 'virtual' }, false],
  ['run --engine virtual busybox', {}, false],
  ['run --engine=docker busybox', {}, false],
  ['run --help', {}, false],
  ['run', {}, false],
  ['images', {}, false],
  ['', {}, false],
])('an agent is started before the program is loaded: phyllo %s, %j: %s', (line, env, expected) => {
  expect(startsHere(line.split(' ').filter(Boolean), env)).toBe(expected);
});
