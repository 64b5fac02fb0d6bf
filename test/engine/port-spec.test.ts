import { describe, expect, test } from 'vitest';
import { formatPort, parseExposedPorts, parsePortSpec, portsToPublish } from '../../src/engine/port-spec.ts';

function shown(text: string): string[] {
  return parsePortSpec(text).map(
    ({ hostIp, hostPort, containerPort, protocol }) =>
      `${hostIp} ${hostPort ?? 'any'} ${containerPort} ${protocol}`,
  );
}

describe('-p', () => {
  test.each([
    ['80', ['0.0.0.0 any 80 tcp']],
    ['8080:80', ['0.0.0.0 8080 80 tcp']],
    ['8080:80/udp', ['0.0.0.0 8080 80 udp']],
    ['8080:80/TCP', ['0.0.0.0 8080 80 tcp']],
    ['127.0.0.1:8080:80', ['127.0.0.1 8080 80 tcp']],
    ['127.0.0.1::80', ['127.0.0.1 any 80 tcp']],
    ['[::1]:8080:80', ['::1 8080 80 tcp']],
    ['[::]::53/udp', [':: any 53 udp']],
    ['0:80', ['0.0.0.0 any 80 tcp']],
    [':80', ['0.0.0.0 any 80 tcp']],
    ['8000-8001:80-81', ['0.0.0.0 8000 80 tcp', '0.0.0.0 8001 81 tcp']],
    ['80-81/udp', ['0.0.0.0 any 80 udp', '0.0.0.0 any 81 udp']],
    ['65535:1', ['0.0.0.0 65535 1 tcp']],
  ])('%s', (text, expected) => {
    expect(shown(text)).toEqual(expected);
  });

  test.each([
    '',
    ':',
    '8080:',
    '0',
    '8080:0',
    '65536',
    '65536:80',
    '-1:80',
    '8080:80/',
    '8080:80/icmp',
    '8080:80/tcp/udp',
    'a:80',
    '1.5:80',
    '0x50',
    ' 80',
    '80 ',
    '٨٠',
    'localhost:8080:80',
    '300.0.0.1:8080:80',
    '::1:8080:80',
    '[127.0.0.1:8080:80',
    '[zz]:8080:80',
    '1:2:3:4',
    '81-80',
    '8000-8002:80-81',
    '8000-8002:80-',
    '8080:80\n',
    '99999999999999999999:80',
  ])('%j is refused', (text) => {
    expect(() => parsePortSpec(text)).toThrow(expect.objectContaining({ code: 'invalid-argument' }));
  });

  test.each(['80/sctp', '8000-8010:80'])('%s is not supported, and says so', (text) => {
    expect(() => parsePortSpec(text)).toThrow(expect.objectContaining({ code: 'unsupported' }));
  });

  test('hostile text is read at once', () => {
    const begin = performance.now();
    for (const part of [':', '[', '-', '1:', '[:', '/']) {
      expect(() => parsePortSpec(part.repeat(50_000))).toThrow(/read port/);
    }
    expect(performance.now() - begin).toBeLessThan(1000);
  });
});

describe('EXPOSE and -P', () => {
  test('entries are ports and ranges, each port once', () => {
    expect(parseExposedPorts(['80', '80/tcp', '53/udp', '8000-8001'])).toEqual([
      { containerPort: 80, protocol: 'tcp' },
      { containerPort: 53, protocol: 'udp' },
      { containerPort: 8000, protocol: 'tcp' },
      { containerPort: 8001, protocol: 'tcp' },
    ]);
  });

  test.each(['', 'x', '80/x', '0', '70000', '8080:80'])('%j in an image is refused', (entry) => {
    expect(() => parseExposedPorts([entry])).toThrow(expect.objectContaining({ code: 'invalid-argument' }));
  });

  test('exposed ports are opened only with -P, and not those that -p opens', () => {
    const asked = parsePortSpec('8080:80');
    const exposed = parseExposedPorts(['80', '80/udp', '443']);
    expect(portsToPublish(asked, exposed, false)).toEqual(asked);
    expect(portsToPublish(asked, exposed, true).map(formatPort)).toEqual([
      '0.0.0.0:8080->80/tcp',
      '80/udp',
      '443/tcp',
    ]);
  });

  test('an image that exposes all ports does not open them all', () => {
    const exposed = parseExposedPorts(['1-65535']);
    expect(portsToPublish([], exposed, false)).toEqual([]);
    expect(() => portsToPublish([], exposed, true)).toThrow(
      expect.objectContaining({ code: 'limit-exceeded' }),
    );
  });
});

test('ports are printed as docker prints them', () => {
  expect(parsePortSpec('[::1]:8080:80/udp').map(formatPort)).toEqual(['[::1]:8080->80/udp']);
});
