// Advice is given only where it is true, quotes its bytes, and saves what it says when it is followed.
import { describe, expect, test } from 'vitest';
import { type Advice, type AdviceInput, adviceFor } from '../../../src/analysis/advice/advice.ts';
import { deadBytes, shippedBytes } from '../../../src/analysis/dead.ts';
import { findDuplicates } from '../../../src/analysis/duplicates.ts';
import { predictMerge, predictWithout } from '../../../src/analysis/what-if.ts';
import { stackRows } from '../../../src/oci/history.ts';
import type { StackIndex } from '../../../src/tree/stack-index.ts';
import { type LayerSpec, pathText, stack } from '../../support/layers.ts';

type Step = readonly [instruction: string, layer: LayerSpec];

function image(...steps: Step[]): { stack: StackIndex; input: AdviceInput } {
  const index = stack(...steps.map(([, layer]) => layer));
  const history = steps.map(([instruction]) => ({
    createdBy: `${instruction} # buildkit`,
    emptyLayer: false,
  }));
  const rows = stackRows(history as never, steps.length);
  return {
    stack: index,
    input: { stack: index, rows, report: deadBytes(index), duplicates: findDuplicates(index) },
  };
}

function advise(...steps: Step[]): Advice[] {
  return adviceFor(image(...steps).input);
}

const big = { sizeBytes: 2_000_000 };
const BASE: Step = ['ADD rootfs.tar /', { 'etc/passwd': 'root' }];

describe('what died', () => {
  test('a clean-up in a later instruction', () => {
    const [advice, ...more] = advise(
      BASE,
      ['RUN apt-get update', { 'var/lib/apt/lists/a': big, 'var/lib/apt/lists/b': { sizeBytes: 5 } }],
      ['RUN rm -rf /var/lib/apt/lists', { 'var/lib/apt/.wh.lists': '' }],
    );
    expect(more).toEqual([]);
    expect(advice).toMatchObject({
      kind: 'late-clean-up',
      savedBytes: 2_000_005,
      maker: 1,
      killer: 2,
      problem:
        '`RUN rm -rf /var/lib/apt/lists` (layer 2) deletes 2 MB that `RUN apt-get update` (layer 1) shipped (`/var/lib/apt/lists`): they are hidden, not gone.',
      change:
        'Delete `/var/lib/apt/lists` at the end of `RUN apt-get update` (layer 1), in the same instruction.',
    });
  });

  test('COPY, then RUN rm', () => {
    const [advice] = advise(BASE, ['COPY big /', { big }], ['RUN rm -rf /big', { '.wh.big': '' }]);
    expect(advice!.change).toBe(
      'Do not copy `/big`: leave it out in .dockerignore, or let the RUN that needs it mount it with RUN --mount=type=bind.',
    );
  });

  test('a move ships the file again', () => {
    const [advice] = advise(
      BASE,
      ['RUN make', { 'tmp/program': { content: 'x'.repeat(5000) } }],
      ['RUN mv /tmp/program /bin', { 'tmp/.wh.program': '', 'bin/program': { content: 'x'.repeat(5000) } }],
    );
    expect(advice).toMatchObject({ kind: 'move', savedBytes: 5000 });
    expect(advice!.problem).toContain('moves 5 kB');
  });

  test.each([
    [
      'chmod -R 777 /srv',
      'COPY . /srv',
      'Give `/srv` its mode and owner where it is copied: --chmod at `COPY . /srv` (layer 1).',
    ],
    [
      'chown -R 1:1 /srv',
      'COPY . /srv',
      'Give `/srv` its mode and owner where it is copied: --chown at `COPY . /srv` (layer 1).',
    ],
    [
      'chmod -R 777 /srv',
      'RUN make',
      'Do it in `RUN make` (layer 1), in the same instruction, or only to the files that need it.',
    ],
  ])('%s after %s', (command, maker, change) => {
    const content = 'x'.repeat(4000);
    const [advice, ...more] = advise(
      BASE,
      [maker, { 'srv/': {}, 'srv/a': { content }, 'srv/b': { content: `${content}y` } }],
      [
        `RUN ${command}`,
        {
          'srv/': { mode: 0o777 },
          'srv/a': { content, mode: 0o777 },
          'srv/b': { content: `${content}y`, mode: 0o777 },
        },
      ],
    );
    expect(more).toEqual([]);
    expect(advice).toMatchObject({ kind: 'metadata-copy', savedBytes: 8001, change });
    expect(advice!.problem).toContain('over 8.001 kB');
  });

  test('files that are written again', () => {
    const [advice] = advise(
      BASE,
      ['RUN make', { 'srv/data': { sizeBytes: 7000 } }],
      ['RUN echo >> /srv/data', { 'srv/data': { sizeBytes: 7001 } }],
    );
    expect(advice).toMatchObject({ kind: 'overwrite', savedBytes: 7000 });
  });

  test('nothing is said of a file that a layer between gave another name', () => {
    const link = { type: 'hardlink', link: 'big' } as const;
    expect(
      advise(
        BASE,
        ['RUN make', { big }],
        ['RUN ln big keep', { keep: link }],
        ['RUN rm', { '.wh.big': '', '.wh.keep': '' }],
      ),
    ).toEqual([]);
  });

  test('nothing is said of what the base image ships', () => {
    const { input } = image(['ADD rootfs.tar /', { big }], ['RUN rm /big', { '.wh.big': '' }]);
    expect(adviceFor({ ...input, baseLayers: 1 })).toEqual([]);
    expect(adviceFor({ ...input, baseLayers: 0 })).toHaveLength(1);
  });
});

describe('what was left behind', () => {
  test.each<[string, string, string, string]>([
    ['RUN apt-get install -y curl', 'var/lib/apt/lists/x', 'package-cache', 'rm -rf /var/lib/apt/lists/*'],
    ['RUN apt-get install -y curl', 'var/cache/apt/archives/x.deb', 'package-cache', 'apt-get clean'],
    ['RUN apk add curl', 'var/cache/apk/x', 'package-cache', 'rm -rf /var/cache/apk/*'],
    ['RUN yum install -y curl', 'var/cache/yum/x', 'package-cache', 'yum clean all'],
    ['RUN npm install', 'root/.npm/_cacache/index/x', 'package-cache', 'npm cache clean --force'],
    ['RUN pip install x', 'home/app/.cache/pip/x', 'package-cache', 'rm -rf ~/.cache/pip'],
    ['RUN git clone x /srv', 'srv/.git/objects/x', 'version-control', 'Delete it at its end'],
    ['COPY . /srv', 'srv/.git/objects/x', 'version-control', 'List `/srv/.git` in .dockerignore'],
    ['COPY . /srv', 'srv/.idea/x', 'ignore-file', 'List `/srv/.idea` in .dockerignore'],
    ['COPY . /srv', 'srv/debug.log', 'ignore-file', 'List `/srv/debug.log` in .dockerignore'],
    [
      'RUN apt-get install -y gcc make',
      'usr/lib/gcc/x86_64/cc1',
      'build-tools',
      'Build in a stage of its own',
    ],
    ['RUN make', 'var/log/build', 'logs', 'Delete them at its end'],
    ['RUN make', 'tmp/x', 'logs', 'Delete them at its end'],
  ])('%s leaves %s', (instruction, path, kind, change) => {
    const [advice, ...more] = advise(BASE, [instruction, { [path]: big }]);
    expect(more).toEqual([]);
    expect(advice).toMatchObject({ kind, savedBytes: 2_000_000, maker: 1, killer: undefined });
    expect(advice!.change).toContain(change);
    expect(advice!.problem).toContain('2 MB');
  });

  test.each<[string, string]>([
    ['RUN make', 'usr/lib/gcc/x86_64/cc1'],
    ['COPY . /srv', 'srv/node_modules/x/.gitignore'],
    ['COPY . /', 'var/log/kept'],
    ['RUN make', 'srv/app.log'],
    ['RUN make', 'srv/var/lib/apt/lists/x'],
    ['WORKDIR /srv', 'tmp/x'],
  ])('%s may ship %s', (instruction, path) => {
    expect(advise(BASE, [instruction, { [path]: big }])).toEqual([]);
  });

  test('what is deleted later is told once, as a late clean-up', () => {
    const kinds = advise(
      BASE,
      ['RUN apt-get update', { 'var/lib/apt/lists/x': big }],
      ['RUN rm -rf /var/lib/apt/lists/*', { 'var/lib/apt/lists/.wh.x': '' }],
    ).map(({ kind }) => kind);
    expect(kinds).toEqual(['late-clean-up']);
  });

  test('a file with a name elsewhere is not in the cache alone', () => {
    const link = { type: 'hardlink', link: 'var/cache/apk/x' } as const;
    expect(advise(BASE, ['RUN apk add', { 'var/cache/apk/x': big, keep: link }])).toEqual([]);
    expect(advise(BASE, ['RUN apk add', { 'var/cache/apk/x': big, 'var/cache/apk/y': link }])).toMatchObject([
      { savedBytes: 2_000_000 },
    ]);
  });

  test('many places are counted', () => {
    const [advice] = advise(BASE, [
      'COPY . /srv',
      Object.fromEntries(
        ['a', 'b', 'c', 'd', 'e'].map((name, at) => [`srv/${name}.log`, { sizeBytes: 5000 - at }]),
      ),
    ]);
    expect(advice!.problem).toBe(
      '`COPY . /srv` (layer 1) ships 24.99 kB of logs (`/srv/a.log`, `/srv/b.log`, `/srv/c.log` and 2 more).',
    );
  });
});

test('a directory that is there twice', () => {
  const files = (at: string): LayerSpec => ({
    [`${at}/x/a`]: 'a'.repeat(900),
    [`${at}/x/b`]: 'b'.repeat(800),
  });
  const [advice] = advise(BASE, ['COPY src /src', files('src')], ['RUN cp -r /src /tmp2', files('tmp2')]);
  expect(advice).toMatchObject({ kind: 'duplicate-tree', savedBytes: 1700, maker: 2 });
  expect(advice!.problem).toBe(
    '`RUN cp -r /src /tmp2` (layer 2) ships 1.7 kB in `/tmp2` that are in `/src` too (2 files).',
  );
});

test('the biggest comes first, trifles do not come at all', () => {
  const steps: Step[] = [
    BASE,
    ['RUN a', { 'tmp/a': { sizeBytes: 1_000_000 }, x: { sizeBytes: 3_000_000 }, y: '1' }],
    ['RUN b', { '.wh.x': '', '.wh.y': '', 'var/log/b': { sizeBytes: 3000 } }],
  ];
  expect(advise(...steps).map(({ savedBytes }) => savedBytes)).toEqual([3_000_001, 1_000_000]);
  const { input } = image(...steps);
  expect(adviceFor({ ...input, leastBytes: 0 }).map(({ savedBytes }) => savedBytes)).toEqual([
    3_000_001, 1_000_000, 3000,
  ]);
  expect(adviceFor({ ...input, compressedBytes: [1, 2_000_000, 1] })[1]!.savedCompressedBytes).toBe(499_584);
});

test('hostile names and instructions are shown as text', () => {
  const [advice] = advise(BASE, ['RUN x\x1b[31m`y`\u202e', { 'tmp/a`b\x1b[2J': big }]);
  expect(`${advice!.problem}${advice!.change}`).not.toMatch(/[\x00-\x1f\u202e]/);
  expect(advice!.problem).toBe(
    "`RUN x\\x1b[31m'y'\\u202e` (layer 1) ships 2 MB of temporary files (`/tmp`).",
  );
});

test('following any of it saves what it says', () => {
  const steps: Step[] = [
    BASE,
    [
      'RUN apt-get install -y gcc',
      {
        'var/lib/apt/lists/a': { sizeBytes: 900 },
        'usr/lib/gcc/x': { sizeBytes: 800 },
        t: { sizeBytes: 50 },
      },
    ],
    ['COPY . /srv', { 'srv/.git/x': { sizeBytes: 700 }, 'srv/a': { content: 'a'.repeat(600) } }],
    ['RUN chmod 600 /srv/a', { 'srv/a': { content: 'a'.repeat(600), mode: 0o600 } }],
    [
      'RUN rm -rf /var/lib/apt/lists/* /srv/.git',
      { 'var/lib/apt/lists/.wh.a': '', 'srv/.wh..git': '', t: { sizeBytes: 51 } },
    ],
  ];
  const { stack: index, input } = image(...steps);
  const given = adviceFor({ ...input, leastBytes: 1 });
  expect(given.map(({ kind, maker, killer, savedBytes }) => [kind, maker, killer, savedBytes])).toEqual([
    ['late-clean-up', 1, 4, 900],
    ['build-tools', 1, undefined, 800],
    ['late-clean-up', 2, 4, 700],
    ['metadata-copy', 2, 3, 600],
    ['overwrite', 1, 4, 50],
  ]);
  const sums = given.map(({ maker, killer, nodes, savedBytes }) => {
    if (killer === undefined) return [predictWithout(index, nodes).savedBytes, savedBytes];
    const pairs = given.filter((each) => each.maker === maker && each.killer === killer);
    return [
      predictMerge(index, input.report, { maker, killer }).savedBytes,
      pairs.reduce((sum, each) => sum + each.savedBytes, 0),
    ];
  });
  expect(sums.map(([predicted]) => predicted)).toEqual(sums.map(([, said]) => said));
  // The three clean-ups and the chmod, really done where the files are made.
  const built = stack(
    BASE[1],
    { 'usr/lib/gcc/x': { sizeBytes: 800 } },
    {},
    { 'srv/a': { content: 'a'.repeat(600), mode: 0o600 } },
    { t: { sizeBytes: 51 } },
  );
  expect(shippedBytes(index) - shippedBytes(built)).toBe(900 + 700 + 600 + 50);
  expect(given.map(({ nodes }) => nodes.map((node) => pathText(index, node)))).toEqual([
    ['/var/lib/apt/lists/a'],
    ['/usr/lib/gcc'],
    ['/srv/.git'],
    ['/srv/a'],
    ['/t'],
  ]);
});
