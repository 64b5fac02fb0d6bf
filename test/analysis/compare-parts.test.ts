// Layers, settings and packages compared.
import { describe, expect, test } from 'vitest';
import { compareConfigs } from '../../src/analysis/compare-config.ts';
import { comparePackages } from '../../src/analysis/compare-packages.ts';
import { matchLayers } from '../../src/analysis/match-layers.ts';
import type { Package } from '../../src/analysis/package.ts';
import { parseConfig } from '../../src/oci/config.ts';
import { digestOf } from '../../src/oci/digest.ts';

describe('layers', () => {
  const ids = (text: string) =>
    Array.from(text, (letter) => (letter === '.' ? undefined : digestOf(Buffer.from(letter))));

  test.each([
    ['abc', 'abd', ['0=0', '1=1'], [2], [2], 2],
    ['abc', 'xabc', ['0=1', '1=2', '2=3'], [], [0], 0],
    ['aab', 'aca', ['0=0', '1=2'], [2], [1], 1],
    ['aa', 'a', ['0=0'], [1], [], 1],
    ['a.', 'a.', ['0=0'], [1], [1], 1],
    ['', 'a', [], [], [0], 0],
  ])('%s and %s', (a, b, shared, onlyA, onlyB, bottom) => {
    const match = matchLayers(ids(a), ids(b));
    expect(match.shared.map((pair) => `${pair.a}=${pair.b}`)).toEqual(shared);
    expect(match).toMatchObject({ onlyA, onlyB, bottom });
  });
});

describe('settings', () => {
  const config = (execution: object, platform: object = {}) =>
    parseConfig(
      Buffer.from(
        JSON.stringify({
          architecture: 'amd64',
          os: 'linux',
          ...platform,
          config: execution,
          rootfs: { type: 'layers', diff_ids: [] },
        }),
      ),
    );

  test('that are the same are no difference, in whatever order they were written', () => {
    const a = config({
      Env: ['A=1', 'B=2'],
      Labels: { x: '1', y: '2' },
      ExposedPorts: { '1/tcp': {}, '2/tcp': {} },
    });
    const b = config({
      Env: ['B=2', 'A=1'],
      Labels: { y: '2', x: '1' },
      ExposedPorts: { '2/tcp': {}, '1/tcp': {} },
    });
    expect(compareConfigs(a, b)).toEqual([]);
  });

  test.each<[object, object, unknown[]]>([
    [
      { Env: ['A=1', 'B=2'] },
      { Env: ['A=1=1', 'C'] },
      [
        ['env.A', '1', '1=1'],
        ['env.B', '2', undefined],
        ['env.C', undefined, ''],
      ],
    ],
    [{ Cmd: ['a', 'b'] }, { Cmd: ['a b'] }, [['cmd', ['a', 'b'], ['a b']]]],
    [{ Entrypoint: [] }, {}, [['entrypoint', [], undefined]]],
    [
      { User: 'root', WorkingDir: '/' },
      { User: '1', StopSignal: 'SIGINT' },
      [
        ['user', 'root', '1'],
        ['workingDir', '/', undefined],
        ['stopSignal', undefined, 'SIGINT'],
      ],
    ],
    [
      { Volumes: { '/a': {} } },
      { ExposedPorts: { '80/tcp': {} } },
      [
        ['exposedPorts.80/tcp', undefined, '80/tcp'],
        ['volumes./a', '/a', undefined],
      ],
    ],
    [
      { Healthcheck: { Test: ['CMD', 'x'], Interval: 1 } },
      { Healthcheck: { Test: ['CMD', 'x'], Interval: 2 } },
      [['healthcheck.Interval', '1', '2']],
    ],
    [
      { OnBuild: ['RUN a'], Labels: { z: '1' } },
      { Shell: ['sh'] },
      [
        ['shell', undefined, ['sh']],
        ['onBuild', ['RUN a'], undefined],
        ['labels.z', '1', undefined],
      ],
    ],
    [{ Labels: { ['__proto__']: '1' } }, {}, [['labels.__proto__', '1', undefined]]],
  ])('%j and %j', (a, b, expected) => {
    expect(compareConfigs(config(a), config(b)).map((one) => [one.field, one.a, one.b])).toEqual(expected);
  });

  test('the platform is one', () => {
    expect(compareConfigs(config({}), config({}, { architecture: 'arm64' }))).toEqual([
      { field: 'platform', a: 'linux/amd64', b: 'linux/arm64' },
    ]);
  });
});

describe('packages', () => {
  const list = (...texts: string[]): Package[] =>
    texts.map((text) => {
      const [name, version] = text.split(' ') as [string, string];
      return { kind: 'npm', name, version };
    });

  test.each([
    [
      ['a 1', 'b 1'],
      ['b 2', 'c 1'],
      ['a 1 -', 'b 1 2', 'c - 1'],
    ],
    [['a 1', 'a 2'], ['a 2', 'a 3'], ['a 1 3']],
    [['a 1', 'a 1'], ['a 1'], ['a 1 -']],
    [['a 1'], ['a 1', 'a 2'], ['a - 2']],
    [[], [], []],
  ])('%j and %j', (a, b, expected) => {
    const differences = comparePackages(list(...a), list(...b));
    expect(differences.map((one) => `${one.name} ${one.a ?? '-'} ${one.b ?? '-'}`)).toEqual(expected);
  });

  test('of two managers are two, by manager and then by name', () => {
    const deb: Package = { kind: 'deb', name: 'z', version: '1' };
    expect(
      comparePackages([], [...list('z 1', 'a 1'), deb]).map(({ kind, name }) => `${kind} ${name}`),
    ).toEqual(['deb z', 'npm a', 'npm z']);
  });
});
