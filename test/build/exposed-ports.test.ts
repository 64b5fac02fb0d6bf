import { expect, test } from 'vitest';
import { exposedPorts } from '../../src/build/exposed-ports.ts';

const RANGE = { start: { line: 7, column: 1 }, end: { line: 7, column: 9 } };

test.each([
  [['80'], ['80/tcp']],
  [['080'], ['80/tcp']],
  [['0'], ['0/tcp']],
  [['65535/udp'], ['65535/udp']],
  [['53/UDP'], ['53/udp']],
  [['80/'], ['80/tcp']],
  [['9/sctp'], ['9/sctp']],
  [['8-10'], ['8/tcp', '9/tcp', '10/tcp']],
  [['8-8/udp'], ['8/udp']],
  [
    ['2', '1', '2'],
    ['2/tcp', '1/tcp', '2/tcp'],
  ],
  [['8080:80'], ['80/tcp']],
  [['8000-8001:80-81/udp'], ['80/udp', '81/udp']],
  [['8000-8005:80'], ['80/tcp']],
  [['127.0.0.1:8080:80'], ['80/tcp']],
  [['127.0.0.1::80'], ['80/tcp']],
  [['[::1]:8080:80'], ['80/tcp']],
  [[], []],
])('%j', (words, ports) => {
  expect(exposedPorts(words, RANGE)).toEqual(ports);
});

test.each([
  ['', /"" is no port/],
  ['http', /"http" is no port/],
  ['-1', /"-1" is no port/],
  ['1.5', /no port/],
  ['65536', /no port/],
  ['10-9', /no port/],
  ['1-65536', /no port/],
  ['1-2-3', /no port/],
  ['80/icmp', /"icmp" is no protocol of a port/],
  ['80/tcp/udp', /"tcp\/udp" is no protocol/],
  ['/udp', /no port/],
  ['x:80', /no port/],
  ['localhost:1:80', /"localhost" is no address/],
  ['8000-8001:80-89', /no port/],
])('%s is none', (word, message) => {
  expect(() => exposedPorts([word], RANGE)).toThrow(
    expect.objectContaining({
      code: 'invalid-dockerfile',
      message: expect.stringMatching(message) as string,
    }),
  );
});

test('all ports of all protocols can be had, more cannot', () => {
  const all = ['0-65535', '0-65535/udp', '0-65535/sctp'];
  expect(exposedPorts(all, RANGE)).toHaveLength(3 * 65_536);
  const many = Array.from({ length: 8000 }, () => '0-65535');
  expect(() => exposedPorts(many, RANGE)).toThrow(expect.objectContaining({ code: 'limit-exceeded' }));
});
