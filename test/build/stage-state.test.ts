// What a build makes of a base image's config, when rows of history were made, and the image that a state is.
import { describe, expect, test } from 'vitest';
import {
  type HistoryItem,
  type NewLayer,
  childState,
  datedHistory,
  imageOf,
  imageState,
  scratchState,
  withEnv,
  withHistory,
} from '../../src/build/stage-state.ts';
import { layerDescriptor, makeImage } from '../../src/oci/make-image.ts';
import { type Digest, digestOf } from '../../src/oci/digest.ts';
import type { ResolvedImage } from '../../src/oci/image.ts';
import { AMD64, PATH, after } from './stage-steps.ts';

const [OLD, NEW, NEWER] = ['2001-01-01T00:00:00Z', '2020-01-01T00:00:00Z', '2021-01-01T00:00:00Z'];

function layer(name: string, created: string): NewLayer {
  const digest = digestOf(name);
  return { descriptor: layerDescriptor({ digest, size: 1 }), diffID: digest, created };
}

/** With as many layers as `diffIDs`. */
function base(document: object, layers = 0): ResolvedImage {
  const diffIDs = Array.from({ length: layers }, (_, at) => digestOf(String(at)));
  const { architecture, os } = AMD64;
  const config = { architecture, os, rootfs: { type: 'layers', diff_ids: diffIDs }, ...document };
  return makeImage(
    Buffer.from(JSON.stringify(config)),
    diffIDs.map((digest: Digest) => layerDescriptor({ digest, size: 1 })),
  );
}

describe('datedHistory', () => {
  const dated = (...created: readonly (string | undefined)[]): readonly (string | undefined)[] =>
    datedHistory(created.map((time): HistoryItem => (time === undefined ? {} : { created: time }))).map(
      (item) => item.created,
    );

  test.each([
    ['nothing', [], []],
    ['no time at all', [undefined, undefined], [undefined, undefined]],
    ['all of them', [OLD, NEW], [OLD, NEW]],
    ['before the first new layer: that one’s', [OLD, undefined, undefined, NEW], [OLD, NEW, NEW, NEW]],
    ['behind a layer: that one’s', [OLD, undefined, NEW, undefined], [OLD, NEW, NEW, NEW]],
    ['between two layers', [undefined, NEW, undefined, NEWER, undefined], [NEW, NEW, NEW, NEWER, NEWER]],
    ['no new layer: the last one of the base', [OLD, NEW, undefined], [OLD, NEW, NEW]],
    ['no layer below', [undefined, NEW], [NEW, NEW]],
  ])('%s', (_, before, expected) => {
    expect(dated(...before)).toEqual(expected);
  });

  test('changes nothing that it was given', () => {
    const rows: HistoryItem[] = [{ created_by: 'a' }, { created: NEW }];
    datedHistory(rows);
    expect(rows).toEqual([{ created_by: 'a' }, { created: NEW }]);
  });
});

describe('a base image', () => {
  test('comes with what it says', () => {
    const config = {
      User: 'u',
      Env: ['A=1', 'B=x=y'],
      Cmd: ['c'],
      WorkingDir: '/w',
      Labels: { l: '1' },
      Healthcheck: { Test: ['NONE'] },
      StopTimeout: 3,
    };
    const state = imageState(base({ config, author: 'me', created: OLD }));
    expect(state.config).toEqual({ ...config, Env: ['A=1', 'B=x=y', PATH] });
    expect(Object.fromEntries(state.env)).toEqual({ A: '1', B: 'x=y', PATH: PATH.slice(5) });
    expect([state.author, state.baseCreated, state.cmdIsSet]).toEqual(['me', OLD, false]);
  });

  test('with a PATH keeps it where it is', () => {
    expect(imageState(base({ config: { Env: ['PATH=/x', 'A=1'] } })).config.Env).toEqual(['PATH=/x', 'A=1']);
  });

  test('of another builder leaves its own fields behind', () => {
    const config = { Hostname: 'h', Domainname: '', AttachStdin: false, Image: 'sha256:1', OnBuild: null };
    expect(imageState(base({ config, container: 'c' })).config).toEqual({ Env: [PATH] });
  });

  test.each([
    ['app', '/app'],
    ['/a/../b/', '/b'],
    ['', undefined],
  ])('in the directory %j is in %s', (WorkingDir, expected) => {
    expect(imageState(base({ config: { WorkingDir } })).config.WorkingDir).toBe(expected);
  });

  test('of odd types does no harm', () => {
    const config = {
      User: 7,
      Env: ['A', 3, null],
      Cmd: 'text',
      Entrypoint: { 0: 'x' },
      Shell: 12,
      ExposedPorts: 'abc',
      Volumes: ['/v'],
      WorkingDir: ['/'],
      Labels: { a: 1, b: 'b' },
      OnBuild: 'RUN x',
      StopTimeout: '3',
      ArgsEscaped: 'yes',
      Healthcheck: [],
    };
    const state = imageState(
      base({ config, history: [null, 7, 'x', [], { created: 5, created_by: {} }] }, 1),
    );
    expect(state.config).toEqual({ Env: ['A=', PATH], Labels: { b: 'b' } });
    const { config: built } = after(['CMD x', 'EXPOSE 80', 'VOLUME /v', 'WORKDIR w'], { state });
    expect(built.Cmd).toEqual(['/bin/sh', '-c', 'x']);
    expect(imageOf(state).config.history).toHaveLength(5);
  });

  test('has a row for each of its layers', () => {
    const rows = [
      { created: OLD, created_by: 'a' },
      { created_by: 'b', empty_layer: true },
    ];
    const { history } = imageState(base({ history: rows }, 3));
    expect(history).toEqual([...rows, ...Array(2).fill({ comment: 'buildkit.exporter.image.v0' })]);
  });

  test('with more rows than layers says of those that they have none', () => {
    const rows = [{ created_by: 'a' }, { created_by: 'b' }, { created_by: 'c' }];
    const { history } = imageState(base({ history: rows }, 1));
    expect(history.map((row) => row.empty_layer ?? false)).toEqual([false, true, true]);
  });
});

describe('a child', () => {
  test('sees variables, and sets CMD anew', () => {
    const parent = after(['ARG A=1', 'ENV B=2', 'CMD ["c"]']);
    const child = childState(parent);
    expect([child.env.get('A'), child.env.get('B'), child.config.Cmd]).toEqual(['1', '2', ['c']]);
    expect([parent.cmdIsSet, child.cmdIsSet]).toEqual([true, false]);
  });
});

describe('an image', () => {
  const built = withHistory(
    after(['MAINTAINER me', 'LABEL b=2 a=1', 'EXPOSE 90 80']),
    'COPY a /',
    layer('l', NEW),
  );

  test('is the same for the same state, byte for byte', () => {
    expect(imageOf(built).configData).toEqual(imageOf({ ...built }).configData);
    expect(imageOf(built).id).not.toBe(imageOf(withEnv(built, 'A', '')).id);
  });

  test('is written as Go writes it', () => {
    const { raw } = imageOf(built).config;
    expect(Object.keys(raw)).toEqual([
      'architecture',
      'author',
      'config',
      'created',
      'history',
      'os',
      'rootfs',
    ]);
    expect(JSON.stringify(raw['config'])).toBe(
      `{"ExposedPorts":{"80/tcp":{},"90/tcp":{}},"Env":["${PATH}"],"WorkingDir":"/","Labels":{"a":"1","b":"2"}}`,
    );
  });

  test('leaves out what is empty', () => {
    const { raw } = imageOf(after(['ENTRYPOINT []', 'CMD []', 'EXPOSE $NONE', 'USER $NONE'])).config;
    expect(raw['config']).toEqual({ Env: [PATH], ArgsEscaped: true, WorkingDir: '/' });
  });

  test('was made when its last row was', () => {
    const { raw, diffIDs } = imageOf(withHistory(built, 'CMD')).config;
    expect(raw['created']).toBe(NEW);
    expect(diffIDs).toEqual([digestOf('l')]);
    const rows = raw['history'] as HistoryItem[];
    expect(rows.map((row) => [row.created, row.empty_layer ?? false])).toEqual([
      [NEW, true],
      [NEW, true],
      [NEW, true],
      [NEW, false],
      [NEW, true],
    ]);
  });

  test('has its platform', () => {
    const platform = { os: 'linux', architecture: 'arm', variant: 'v7', osVersion: '1' };
    expect(imageOf(scratchState(platform)).config.platform).toEqual(platform);
  });
});
