// Arguments that RUN gets undeclared, and values that are not shown.
import { expect, test } from 'vitest';
import { isMasked, maskedValue, proxyEnv } from '../../src/build/build-args.ts';

test.each([
  [{}, []],
  [{ A: '1', PROXY: 'x' }, []],
  [{ HTTP_PROXY: 'h' }, ['HTTP_PROXY=h', 'http_proxy=h']],
  [{ no_proxy: 'n' }, ['NO_PROXY=n', 'no_proxy=n']],
  [{ Https_Proxy: 's' }, ['HTTPS_PROXY=s', 'https_proxy=s']],
  [{ http_proxy: 'small', HTTP_PROXY: 'LARGE' }, ['HTTP_PROXY=small', 'http_proxy=small']],
  [{ HTTP_PROXY: '' }, []],
  [{ ALL_PROXY: 'a', FTP_PROXY: 'f' }, ['FTP_PROXY=f', 'ftp_proxy=f', 'ALL_PROXY=a', 'all_proxy=a']],
])('RUN gets of %j', (args, expected) => {
  expect(proxyEnv(new Map(Object.entries(args)))).toEqual(expected);
});

test.each([
  ['API_TOKEN', '***'],
  ['db_password', '***'],
  ['GITHUB_AUTH', '***'],
  ['TOKEN_FILE', 'value'],
  ['PUBLIC_KEY', 'value'],
  ['VERSION', 'value'],
  ['MONKEY', 'value'],
])('a value of %s is shown as %s', (name, expected) => {
  expect(maskedValue(name, 'value')).toBe(expected);
});

test('masked values are told from others', () => {
  expect(['***', '*** 0a', '****', 'x ***', ''].map(isMasked)).toEqual([true, true, false, false, false]);
});
