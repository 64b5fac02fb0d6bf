import { describe, expect, test } from 'vitest';
import { PhylloError, isPhylloError, isSystemError, toPhylloError } from '../../src/lib/errors.ts';

const systemError = (fields: object): Error => Object.assign(new Error('system says so'), fields);

describe('a thrown value becomes an error of ours', () => {
  test.each([
    [{ code: 'ENOENT' }, 'not-found'],
    [{ code: 'EEXIST' }, 'already-exists'],
    [{ code: 'ENOSPC' }, 'no-space'],
    [{ code: 'EFBIG' }, 'no-space'],
    [{ code: 'Unknown system error -122', errno: -122 }, 'no-space'],
    [{ code: 'EROFS' }, 'read-only'],
    [{ code: 'EACCES' }, 'read-only'],
    [{ code: 'EIO' }, 'io'],
    [{ code: 'EMFILE' }, 'io'],
    [{ code: 'EWHATEVER' }, 'io'],
    [{ name: 'AbortError' }, 'cancelled'],
  ])('%j is %s', (fields, code) => {
    const cause = systemError(fields);
    const error = toPhylloError(cause, 'read file x');
    expect(error).toMatchObject({ code, cause });
    expect(error.message).toMatch(/^read file x: ./);
  });

  test.each([undefined, null, 'a text', 7, {}])('and so does %j', (thrown) => {
    expect(toPhylloError(thrown, 'read file x')).toMatchObject({ code: 'io' });
  });

  test('but one that is ours already stays the same', () => {
    const error = new PhylloError('locked', 'lock store: held');
    expect(toPhylloError(error, 'read file x')).toBe(error);
  });
});

test('errors are known by their codes', () => {
  expect(isPhylloError(new PhylloError('locked', ''), 'locked')).toBe(true);
  expect(isPhylloError(new PhylloError('locked', ''), 'io')).toBe(false);
  expect(isPhylloError(systemError({ code: 'locked' }), 'locked')).toBe(false);
  expect(isSystemError(systemError({ code: 'EIO' }), 'EIO')).toBe(true);
  expect(isSystemError(undefined, 'EIO')).toBe(false);
});
