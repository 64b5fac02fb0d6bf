// What the index says of a stack is what applying its layers makes: two implementations of one meaning, entry by entry.
import { createHash } from 'node:crypto';
import { type BigIntStats, lstatSync, readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { geteuid } from 'node:process';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { applyLayer } from '../../src/layer/apply.ts';
import { type TarMember, writeTar } from '../../src/layer/tar-writer.ts';
import { isPhylloError } from '../../src/lib/errors.ts';
import { mergeLayers } from '../../src/tree/merge.ts';
import { NodeType } from '../../src/tree/layer-tree.ts';
import { SquashView } from '../../src/tree/squash-view.ts';
import type { StackIndex } from '../../src/tree/stack-index.ts';
import { Sandbox } from '../layer/apply-fixtures.ts';
import { describeStack, stacks, treeOfLayer } from '../support/tree-stacks.ts';

const isRoot = geteuid?.() === 0;
const TYPES = {
  [NodeType.file]: 'file',
  [NodeType.dir]: 'dir',
  [NodeType.symlink]: 'symlink',
  [NodeType.fifo]: 'fifo',
} as Readonly<Record<number, string>>;

/** False for a layer that may not be applied: it links to what is not there. */
async function applied(members: readonly TarMember[], root: string): Promise<boolean> {
  try {
    await applyLayer(writeTar(members), root, { owners: isRoot });
    return true;
  } catch (error) {
    if (isPhylloError(error, 'invalid-archive')) return false;
    throw error;
  }
}

function onDisk(root: string): string[] {
  const lines: string[] = [];
  const firstNames = new Map<bigint, string>();
  const visit = (place: string, path: string): void => {
    const stat = lstatSync(place, { bigint: true });
    const first = firstNames.get(stat.ino) ?? path;
    firstNames.set(stat.ino, first);
    lines.push(describe(place, path, stat, first));
    if (stat.isDirectory())
      for (const name of readdirSync(place).sort(byCodeUnits)) visit(join(place, name), `${path}/${name}`);
  };
  visit(root, '');
  return lines.sort(byCodeUnits);
}

function describe(place: string, path: string, stat: BigIntStats, first: string): string {
  const type = stat.isDirectory()
    ? 'dir'
    : stat.isSymbolicLink()
      ? 'symlink'
      : stat.isFIFO()
        ? 'fifo'
        : 'file';
  const content = type === 'file' ? createHash('sha256').update(readFileSync(place)).digest('hex') : '';
  return lineOf({
    path,
    type,
    mode: Number(stat.mode & 0o7777n),
    size: type === 'file' ? Number(stat.size) : 0,
    time: Number(stat.mtimeNs) / 1e9,
    link: type === 'symlink' ? readlinkSync(place) : '',
    content,
    first,
  });
}

interface Line {
  path: string;
  type: string;
  mode: number;
  size: number;
  time: number;
  link: string;
  content: string;
  first: string;
}

/** The root is whose directory it is, unless a layer describes it. */
function lineOf({ path, type, mode, size, time, link, content, first }: Line): string {
  const bits = type === 'symlink' ? '' : mode.toString(8);
  const attributes = path === '' ? '' : ` ${bits} @${time}`;
  return `${path} ${type}${attributes} ${size} ${link} ${content.slice(0, 8)} =${first}`;
}

function inIndex(stack: StackIndex, view: SquashView): string[] {
  const lines: string[] = [];
  const firstNames = new Map<string, string>();
  const paths = new Map<string, number>();
  for (let node = 0; node < stack.count; node++)
    if (view.has(node))
      paths.set(node === 0 ? '' : `/${Buffer.from(stack.pathBytes(node)).toString()}`, node);
  // In the order in which a walk of the disk comes by.
  for (const [path, node] of [...paths].sort(([a], [b]) =>
    byCodeUnits(a.replaceAll('/', '\0'), b.replaceAll('/', '\0')),
  )) {
    const { layer, tree, node: at } = stack.locateContent(view.version[node]!);
    const type = tree.type[at]!;
    const inode = type === NodeType.dir ? path : `${layer}:${tree.inode[at]}`;
    const first = firstNames.get(inode) ?? path;
    firstNames.set(inode, first);
    lines.push(
      lineOf({
        path,
        type: TYPES[type]!,
        mode: tree.mode[at]!,
        size: tree.sizeBytes[at]!,
        time: tree.mtimeSeconds[at]!,
        link: type === NodeType.symlink ? Buffer.from(tree.linkBytes(at)).toString() : '',
        content: Buffer.from(tree.digestBytes(at) ?? []).toString('hex'),
        first,
      }),
    );
  }
  return lines.sort(byCodeUnits);
}

function byCodeUnits(a: string, b: string): number {
  return a < b ? -1 : 1;
}

test('every prefix of a stack is what applying its layers makes', async () => {
  let compared = 0;
  await fc.assert(
    fc.asyncProperty(stacks, async (layers) => {
      const sandbox = new Sandbox();
      try {
        const kept: TarMember[][] = [];
        for (const members of layers) {
          if (!(await applied(members, sandbox.root))) return;
          kept.push(members);
          const stack = mergeLayers(await Promise.all(kept.map(treeOfLayer)));
          expect(inIndex(stack, new SquashView(stack)), `${describeStack(kept)}`).toEqual(
            onDisk(sandbox.root),
          );
          compared++;
        }
      } finally {
        sandbox.remove();
      }
    }),
    { numRuns: 300 },
  );
  expect(compared).toBeGreaterThan(200);
});
