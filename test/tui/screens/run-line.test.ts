// The line that a container is asked for with.
import { describe, expect, test } from 'vitest';
import { parseRunLine, splitWords } from '../../../src/tui/screens/run-line.ts';

describe('options', () => {
  test('stand before the command, letters together or apart', () => {
    expect(parseRunLine('app:1', '-it --rm --name web -e A=1 -e "B=two words" sh -c "ls -l"')).toEqual({
      image: 'app:1',
      stdin: true,
      tty: true,
      autoRemove: true,
      name: 'web',
      env: ['A=1', 'B=two words'],
      command: ['sh', '-c', 'ls -l'],
    });
  });

  test('none at all takes everything from the image', () => {
    expect(parseRunLine('app:1', '')).toEqual({ image: 'app:1' });
  });

  test('-- ends them, and = gives a value too', () => {
    expect(parseRunLine('a', '--network=none --engine=virtual -- -x')).toEqual({
      image: 'a',
      network: 'none',
      engine: 'virtual',
      command: ['-x'],
    });
  });

  test.each([
    ['80', { hostIp: '', hostPort: undefined, containerPort: 80, protocol: 'tcp' }],
    ['8080:80', { hostIp: '', hostPort: 8080, containerPort: 80, protocol: 'tcp' }],
    ['127.0.0.1:53:53/udp', { hostIp: '127.0.0.1', hostPort: 53, containerPort: 53, protocol: 'udp' }],
    ['127.0.0.1::80', { hostIp: '127.0.0.1', hostPort: undefined, containerPort: 80, protocol: 'tcp' }],
    ['[::1]:81:80', { hostIp: '::1', hostPort: 81, containerPort: 80, protocol: 'tcp' }],
  ])('-p %s', (text, port) => {
    expect(parseRunLine('a', `-p ${text}`).ports).toEqual([port]);
  });

  test.each([
    ['/srv:/data', { type: 'bind', source: '/srv', target: '/data', readOnly: false }],
    ['/srv:/data:ro', { type: 'bind', source: '/srv', target: '/data', readOnly: true }],
    ['files:/data', { type: 'volume', name: 'files', target: '/data', readOnly: false }],
    [':/data', { type: 'volume', name: undefined, target: '/data', readOnly: false }],
  ])('-v %s', (text, mount) => {
    expect(parseRunLine('a', `-v ${text}`).mounts).toEqual([mount]);
  });

  test.each([
    ['--privileged', 'there is no option --privileged here'],
    ['-ix', 'there is no option -x here'],
    ['--name', '--name needs a value'],
    ['-p many', '-p many is not HOST:CONTAINER'],
    ['-p 70000:80', '70000 is no port'],
    ['-v data', '-v data is not SOURCE:TARGET[:ro]'],
    ['--network bridge', '--network is one of private, none, host'],
    ['--engine qemu', '--engine is one of linux, docker, virtual'],
    ['sh -c "ls', 'a " is not closed'],
  ])('%s is refused with a reason', (line, reason) => {
    expect(() => parseRunLine('a', line)).toThrow(`run image: ${reason}`);
  });
});

test.each([
  ["a 'b c' d", ['a', 'b c', 'd']],
  ['a "b \\"c\\" $d" e', ['a', 'b "c" $d', 'e']],
  ['a\\ b c', ['a b', 'c']],
  ["''", ['']],
  ["x'y'z", ['xyz']],
  ['  spaces   between ', ['spaces', 'between']],
])('words of %s', (line, words) => {
  expect(splitWords(line)).toEqual(words);
});
