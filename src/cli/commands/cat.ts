// phyllo cat: a file of an image on standard output. A terminal gets text only, made safe.
import type { Readable } from 'node:stream';
import { PhylloError } from '../../lib/errors.ts';
import { safeBytes, safeText } from '../../lib/text.ts';
import { NodeType } from '../../tree/layer-tree.ts';
import { SquashView } from '../../tree/squash-view.ts';
import type { FileContent } from '../../app/services.ts';
import type { Context } from '../context.ts';
import { layerNumber } from '../explored.ts';
import { findInImage } from '../image-path.ts';

interface CatOptions {
  readonly upto?: number;
  readonly platform?: string;
}

/** What decides whether a file is text. */
const PROBE_BYTES = 8192;

export async function run(context: Context, args: readonly string[], options: CatOptions): Promise<void> {
  const [name, path] = args as [string, string];
  const image = await context.open(name, options);
  const upto = layerNumber('cat', image, options.upto);
  const stack = await context.indexed(image, () => image.stack);
  const view = new SquashView(stack, upto);
  const node = findInImage(view, path, { verb: 'cat', followLast: true });
  const shown = `/${safeBytes(stack.pathBytes(node))}`;
  // The root of an image without any layer has no entry at all.
  if (!view.has(node) || view.isDirectory(node)) throw notAFile(shown, 'it is a directory');
  const { layer, tree, node: entry } = stack.locateContent(view.version[node]!);
  if (tree.type[entry] !== NodeType.file) throw notAFile(shown, 'it is not a regular file');
  const content = await context.indexed(image, () => image.content(layer, entry));
  if (context.io.stdout.isTTY) return showText(context, content, shown);
  for await (const chunk of await content.open()) {
    context.signal.throwIfAborted();
    await context.out.write(chunk as Uint8Array);
  }
}

function notAFile(path: string, reason: string): PhylloError {
  return new PhylloError('unsupported', `cat ${path}: ${reason}`, {
    hint: 'phyllo tree --path lists what is in a directory.',
  });
}

async function showText(context: Context, content: FileContent, path: string): Promise<void> {
  const probe = await content.read(0, PROBE_BYTES);
  if (probe.includes(0)) {
    throw new PhylloError('unsupported', `cat ${path}: it is binary and would garble the terminal`, {
      hint: 'Redirect it to a file, or look at it in phyllo itself.',
    });
  }
  for await (const text of decoded(await content.open())) {
    context.signal.throwIfAborted();
    await context.out.write(safeLayout(text));
  }
}

async function* decoded(stream: Readable): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  for await (const chunk of stream) yield decoder.decode(chunk as Uint8Array, { stream: true });
  yield decoder.decode();
}

/** Line feeds and tabs keep their meaning. */
function safeLayout(text: string): string {
  return text.replace(/[^\n\t]+/g, safeText);
}
