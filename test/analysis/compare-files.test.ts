import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compareFiles, decided, doubtsOf } from '../../src/analysis/compare-files.ts';
import { comparedBytes } from '../../src/analysis/compared-bytes.ts';
import { compareEntries } from '../../src/tree/compare.ts';
import { mergeLayers } from '../../src/tree/merge.ts';
import { SquashView } from '../../src/tree/squash-view.ts';
import { ABSENT, Reason, type StackIndex, Status } from '../../src/tree/stack-index.ts';
import { type LayerSpec, layer, pathText, stack } from '../support/layers.ts';
import { stacks, treeOfLayer } from '../support/tree-stacks.ts';

const LETTERS = {
  [Status.unchanged]: '=',
  [Status.added]: 'A',
  [Status.modified]: 'M',
  [Status.removed]: 'D',
};

/** `M /etc/passwd 1`, the number being the bits of the reason. */
function listed(a: SquashView, b: SquashView, bottom = 0): string[] {
  const files = compareFiles(a, b, bottom);
  return Array.from(files.status, (status, index) => {
    const inA = files.nodesA[index]!;
    const path = inA === ABSENT ? pathText(b.stack, files.nodesB[index]!) : pathText(a.stack, inA);
    const reason = files.reason[index]!;
    return `${LETTERS[status as Status]} ${path}${reason === 0 ? '' : ` ${reason}`}`;
  });
}

function between(a: LayerSpec[], b: LayerSpec[]): string[] {
  return listed(new SquashView(stack(...a)), new SquashView(stack(...b)));
}

describe('two images', () => {
  test.each<[string, LayerSpec[], LayerSpec[], string[]]>([
    ['the same in other layers', [{ a: '1' }, { b: '2' }], [{ a: '1', b: '2' }], []],
    ['nothing and something', [], [{ 'd/a': '1' }], ['A /d', 'A /d/a']],
    ['what was removed in a layer is not there', [{ a: '1' }, { '.wh.a': '' }], [{ b: '' }], ['A /b']],
    [
      'in the order of names, depth first',
      [{ 'b/x': '1', c: '1', 'a.txt': '1' }],
      [{ 'b/y': '1', c: '2', a: '' }],
      ['A /a', 'D /a.txt', 'D /b/x', 'A /b/y', `M /c ${Reason.content}`],
    ],
    [
      'a directory in the place of a file',
      [{ d: '1' }],
      [{ 'd/x': '1' }],
      [`M /d ${Reason.type | Reason.mode}`, 'A /d/x'],
    ],
    [
      'attributes',
      [{ a: '1', b: '1', l: { link: 'x' } }],
      [{ a: { content: '1', mode: 0o600 }, b: { content: '1', mtime: 9 }, l: { link: 'y' } }],
      [`M /a ${Reason.mode}`, `M /b ${Reason.mtime}`, `M /l ${Reason.linkname}`],
    ],
  ])('%s', (_, a, b, expected) => {
    expect(between(a, b)).toEqual(expected);
  });
});

describe('two prefixes of a stack', () => {
  test('differ by what the layers between them did, and only that is looked at', () => {
    const index = stack({ 'd/a': '1', 'e/b': '1', c: '1' }, { 'd/a': '22' }, { '.wh.c': '', 'e/n': '' });
    const [first, last] = [new SquashView(index, 0), new SquashView(index, 2)];
    const expected = [`D /c`, `M /d/a ${Reason.content}`, 'A /e/n'];
    expect(listed(first, last, 1)).toEqual(expected);
    expect(listed(last, first, 1)).toEqual(['A /c', `M /d/a ${Reason.content}`, 'D /e/n']);
    expect(listed(last, last, 3)).toEqual([]);
  });
});

describe('any two stacks', () => {
  const build = async (layers: Parameters<typeof treeOfLayer>[0][]): Promise<StackIndex> =>
    mergeLayers(await Promise.all(layers.map((members) => treeOfLayer(members))));

  test('differ by exactly the paths that a look-up of every path finds', async () => {
    await fc.assert(
      fc.asyncProperty(stacks, stacks, async (left, right) => {
        const [a, b] = [new SquashView(await build(left)), new SquashView(await build(right))];
        expect(listed(a, b).toSorted()).toEqual(bySlowLookUp(a, b));
      }),
      { numRuns: 60 },
    );
  });

  test('that stand on the same layers give the same, whether that is told or not', async () => {
    await fc.assert(
      fc.asyncProperty(stacks, stacks, stacks, async (below, left, right) => {
        const a = new SquashView(await build([...below, ...left]));
        const b = new SquashView(await build([...below, ...right]));
        // A link to a file that is not there leaves a doubt, which nothing but sharing takes away.
        const certain = listed(a, b).filter((line) => !line.endsWith(` ${Reason.contentUnknown}`));
        expect(
          listed(a, b, below.length).filter((line) => !line.endsWith(` ${Reason.contentUnknown}`)),
        ).toEqual(certain);
      }),
      { numRuns: 60 },
    );
  });
});

function bySlowLookUp(a: SquashView, b: SquashView): string[] {
  const paths = (view: SquashView): Map<string, number> =>
    new Map(
      Array.from({ length: view.stack.count }, (_, node) => node)
        .filter((node) => node !== 0 && view.has(node))
        .map((node) => [pathText(view.stack, node), view.version[node]!]),
    );
  const [left, right] = [paths(a), paths(b)];
  const lines: string[] = [];
  for (const path of new Set([...left.keys(), ...right.keys()])) {
    const [before, after] = [left.get(path), right.get(path)];
    if (before === undefined) lines.push(`A ${path}`);
    else if (after === undefined) lines.push(`D ${path}`);
    else {
      const reason = compareEntries(a.stack.locateContent(before), b.stack.locateContent(after));
      if (reason !== 0) lines.push(`M ${path} ${reason}`);
    }
  }
  return lines.toSorted();
}

test('doubts are files of equal size without digests; deciding them leaves out what is the same', () => {
  const made = (content: string): LayerSpec => ({
    same: { content: 'same', unhashed: true },
    other: { content, unhashed: true },
    touched: { content: 'same', unhashed: true, mtime: content === 'abc' ? 1 : 2 },
    longer: content.repeat(content === 'abc' ? 1 : 2),
  });
  const files = compareFiles(new SquashView(stack(made('abc'))), new SquashView(stack(made('xyz'))), 0);
  const names = (of: typeof files): string[] => Array.from(of.nodesA, (node) => pathText(of.a.stack, node));
  expect(names(files)).toEqual(['/longer', '/other', '/same', '/touched']);
  expect(doubtsOf(files)).toEqual([1, 2, 3]);
  const certain = decided(files, new Set([2, 3]));
  expect(names(certain)).toEqual(['/longer', '/other', '/touched']);
  expect([...certain.reason]).toEqual([Reason.content, Reason.content, Reason.mtime]);
});

describe('bytes', () => {
  const bytes = (a: LayerSpec, b: LayerSpec): object =>
    comparedBytes(compareFiles(new SquashView(stack(a)), new SquashView(stack(b)), 0));
  const both: LayerSpec = [
    ['a', '12345'],
    ['b', { type: 'hardlink', link: 'a' }],
  ];

  test.each<[string, LayerSpec, LayerSpec, object]>([
    [
      'of what is new, gone and changed',
      { a: '12', b: '123', c: '1' },
      { b: '321', c: '1', d: '1234' },
      { added: 7, removed: 5 },
    ],
    [
      'are none where only attributes differ',
      { a: '12' },
      { a: { content: '12', mode: 0o600 } },
      { added: 0, removed: 0 },
    ],
    ['of a link count once', {}, both, { added: 5, removed: 0 }],
    ['of a link are there as long as one name is', both, { b: '12345' }, { added: 0, removed: 0 }],
  ])('%s', (_, a, b, expected) => {
    expect(bytes(a, b)).toEqual(expected);
  });
});

test('costs as much as what differs when the layers below are shared', () => {
  const base = Object.fromEntries(Array.from({ length: 3000 }, (_, at) => [`d${at % 60}/f${at}`, '1']));
  const trees = [layer(base), layer({ 'd7/new': '1' })];
  const a = new SquashView(mergeLayers(trees.slice(0, 1)));
  const b = new SquashView(mergeLayers(trees));
  let looked = 0;
  const counting = new Proxy(b, {
    get: (view, key) => {
      const value: unknown = Reflect.get(view, key);
      if (key === 'has') return (node: number) => (looked++, view.has(node));
      return value;
    },
  });
  expect(listed(a, counting, 1)).toEqual(['A /d7/new']);
  expect(looked).toBeLessThan(100);
});
