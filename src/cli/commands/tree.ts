// phyllo tree: the files of an image as a list of paths, squashed or as one layer changed them.
import type { ExploredImage } from '../../app/services.ts';
import type { Context } from '../context.ts';
import { certainStack, imageDocument, layerNumber } from '../explored.ts';
import { findInImage } from '../image-path.ts';
import { documentLines } from '../json.ts';
import { entryDocument, entryLine } from '../tree-lines.ts';
import { type EntryQuery, type StatusName, STATUS_NAMES, TreeEntries } from '../tree-entries.ts';
import { usageError } from '../usage.ts';
import { SquashView } from '../../tree/squash-view.ts';
import type { StackIndex } from '../../tree/stack-index.ts';

interface TreeOptions {
  readonly layer?: number;
  readonly upto?: number;
  readonly path?: string;
  readonly depth?: number;
  readonly only?: string;
  readonly sort?: 'size' | 'name';
  readonly glob?: string;
  readonly regex?: string;
  readonly json?: boolean;
  readonly platform?: string;
}

export async function run(context: Context, args: readonly string[], options: TreeOptions): Promise<void> {
  if (options.layer !== undefined && options.upto !== undefined) {
    throw usageError(
      'tree',
      'take either --layer (what one layer changed) or --upto (all files after a layer)',
    );
  }
  const only = options.only === undefined ? undefined : parseStatuses(options.only);
  const image = await context.open(args[0]!, options);
  const upto = layerNumber('tree', image, options.layer ?? options.upto);
  const stack = await certainStack(context, image, upto < 0 ? [] : [upto]);
  const query: EntryQuery = {
    upto,
    changesOnly: options.layer !== undefined,
    top: topNode(stack, upto, options.path),
    maxDepth: options.depth ?? Number.POSITIVE_INFINITY,
    only,
    matches: await matchingNodes(context, image, options),
    bySize: options.sort === 'size',
  };
  const entries = new TreeEntries(stack, query).entries();
  if (!options.json) return context.out.lines(mapped(entries, (entry) => entryLine(entry, context.colours)));
  const document = {
    schema: 'phyllo.tree/1',
    head: {
      image: imageDocument(image),
      ...(options.layer !== undefined && { layer: options.layer }),
      upto: upto < 0 ? null : upto,
    },
    list: 'entries',
    items: mapped(entries, entryDocument),
  };
  await context.out.lines(documentLines(document));
}

/** One at a time: trees may have a million entries. */
function* mapped<Item, Result>(items: Iterable<Item>, map: (item: Item) => Result): Generator<Result> {
  for (const item of items) yield map(item);
}

/** A directory that the layer removed has only what was in it to show. */
function topNode(stack: StackIndex, upto: number, path: string | undefined): number {
  if (path === undefined) return 0;
  const options = { verb: 'tree', followLast: true };
  try {
    return findInImage(new SquashView(stack, upto), path, options);
  } catch (error) {
    if (upto < 0) throw error;
    try {
      return findInImage(new SquashView(stack, upto - 1), path, options);
    } catch {
      throw error;
    }
  }
}

async function matchingNodes(
  context: Context,
  image: ExploredImage,
  { glob, regex }: TreeOptions,
): Promise<ReadonlySet<number> | undefined> {
  const queries = [
    ...(glob === undefined ? [] : [{ kind: 'glob', text: glob } as const]),
    ...(regex === undefined ? [] : [{ kind: 'regex', text: regex } as const]),
  ];
  if (queries.length === 0) return undefined;
  const found = await Promise.all(queries.map((query) => image.search(query, context.signal)));
  const sets = found.map((nodes) => new Set(nodes));
  return new Set(found[0]!.filter((node) => sets.every((nodes) => nodes.has(node))));
}

function parseStatuses(text: string): ReadonlySet<StatusName> {
  const known = Object.values(STATUS_NAMES);
  const names = text.split(',').map((name) => {
    const status = known.find((one) => one === name.trim());
    if (status === undefined)
      throw usageError('tree', `--only takes ${known.join(', ')}, not ${JSON.stringify(name)}`);
    return status;
  });
  return new Set(names);
}
