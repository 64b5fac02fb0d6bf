// Random stacks of layers as real tars, small enough that paths meet: for properties of everything above layers.
import fc from 'fast-check';
import { scanLayerStream } from '../../src/layer/scan.ts';
import { type TarMember, writeTar } from '../../src/layer/tar-writer.ts';
import { LayerTreeBuilder } from '../../src/tree/build.ts';
import type { LayerTree } from '../../src/tree/layer-tree.ts';

const NAMES = ['a', 'b', 'c'];
const path = fc
  .array(fc.constantFrom(...NAMES), { minLength: 1, maxLength: 3 })
  .map((parts) => parts.join('/'));
const mode = fc.constantFrom(0o644, 0o600, 0o755, 0o700);
const mtime = fc.integer({ min: 0, max: 5 });
/** Marks that hide nothing, with files among them. */
const oddName = fc.constantFrom(
  '.wh.',
  '.wh..',
  '.wh...',
  'a/.wh.',
  'a/.wh..',
  'b/.wh...',
  '.wh..wh.aufs',
  '.wh..wh.plnk/a',
  'a/.wh..wh.orph/b',
  '.wh..opq',
  '.wh....',
  'a/.wh.b/c',
  '.wh',
  'a/.w',
);

function made(name: string, header: Partial<TarMember['header']>, content = ''): TarMember {
  const body = Buffer.from(content);
  return {
    header: { path: Buffer.from(name), type: 'file', mode: 0o644, sizeBytes: body.length, ...header },
    body: [body],
  };
}

const member: fc.Arbitrary<TarMember> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .tuple(path, mode, mtime, fc.constantFrom('', 'x', 'y', 'xx', 'content'))
      .map(([at, bits, mtimeSeconds, content]) => made(at, { mode: bits, mtimeSeconds }, content)),
  },
  {
    weight: 5,
    arbitrary: fc
      .tuple(path, mode, mtime)
      .map(([at, bits, mtimeSeconds]) => made(at, { type: 'dir', mode: bits, mtimeSeconds })),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(path, path, mtime)
      .map(([at, to, mtimeSeconds]) =>
        made(at, { type: 'symlink', mode: 0o777, linkname: Buffer.from(to), mtimeSeconds }),
      ),
  },
  {
    weight: 3,
    arbitrary: fc
      .tuple(path, path)
      .map(([at, to]) => made(at, { type: 'hardlink', linkname: Buffer.from(to) })),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(path, mtime).map(([at, mtimeSeconds]) => made(at, { type: 'fifo', mtimeSeconds })),
  },
  { weight: 4, arbitrary: path.map((at) => made(at.replace(/[^/]*$/, '.wh.$&'), {})) },
  { weight: 2, arbitrary: path.map((at) => made(`${at}/.wh..wh..opq`, {})) },
  { weight: 1, arbitrary: fc.constant(made('.wh..wh..opq', {})) },
  { weight: 1, arbitrary: path.map((at) => made(at, { type: 'char', devMajor: 0, devMinor: 0 })) },
  {
    weight: 1,
    arbitrary: fc.tuple(path, mode).map(([at, bits]) =>
      made(at, {
        type: 'dir',
        mode: bits,
        xattrs: new Map([['trusted.overlay.opaque', Buffer.from('y')]]),
      }),
    ),
  },
  { weight: 1, arbitrary: oddName.map((at) => made(at, {}, 'odd')) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(mode, mtime)
      .map(([bits, mtimeSeconds]) => made('', { type: 'dir', mode: bits | 0o700, mtimeSeconds })),
  },
);

const layers = fc.array(fc.array(member, { maxLength: 7 }), { minLength: 1, maxLength: 4 });

/** Members of each layer, base first. Most hard links lead to a file that was there. */
export const stacks: fc.Arbitrary<TarMember[][]> = fc
  .tuple(layers, fc.array(fc.nat(20), { minLength: 8, maxLength: 8 }))
  .map(([stack, picks]) => aimed(stack, picks));

function aimed(stack: readonly (readonly TarMember[])[], picks: readonly number[]): TarMember[][] {
  const files: Uint8Array[] = [];
  return stack.map((members) =>
    members.map((each, index) => {
      const { header } = each;
      if (header.type === 'file' && !String(header.path).includes('.wh.')) files.push(header.path);
      const pick = picks[index % picks.length]!;
      if (header.type !== 'hardlink' || files.length === 0 || pick > 16) return each;
      // The newest are the likeliest to be there still.
      return { ...each, header: { ...header, linkname: files.at(-1 - (pick % Math.min(3, files.length)))! } };
    }),
  );
}

/** For counterexamples. */
export function describeStack(layers: readonly (readonly TarMember[])[]): string {
  return layers
    .map((members) =>
      members
        .map(
          ({ header: { path: at, type, linkname, xattrs } }) =>
            `${type} ${String(at)}${linkname ? ` -> ${String(linkname)}` : ''}${xattrs ? ' opaque' : ''}`,
        )
        .join('; '),
    )
    .join(' | ');
}

/** The layer as a tree, every content hashed. */
export async function treeOfLayer(members: readonly TarMember[]): Promise<LayerTree> {
  const builder = new LayerTreeBuilder();
  const { uncompressedBytes, diffID } = await scanLayerStream(writeTar(members), {
    hashFiles: true,
    onEntry: (entry, digest) => builder.add(entry, digest),
  });
  return builder.finish({ uncompressedBytes, diffID });
}
