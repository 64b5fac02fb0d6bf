// phyllo extract: a file or a subtree of an image onto the disk, never outside of the directory it is told.
import { formatCount, formatSize } from '../../lib/units.ts';
import { SquashView } from '../../tree/squash-view.ts';
import type { Context } from '../context.ts';
import { layerNumber } from '../explored.ts';
import { findInImage } from '../image-path.ts';
import { bytesField } from '../json.ts';
import { safeText } from '../../lib/text.ts';

interface ExtractOptions {
  readonly upto?: number;
  readonly json?: boolean;
  readonly platform?: string;
}

export async function run(context: Context, args: readonly string[], options: ExtractOptions): Promise<void> {
  const [name, path, directory] = args as [string, string, string];
  const image = await context.open(name, options);
  const upto = layerNumber('extract', image, options.upto);
  const stack = await context.indexed(image, () => image.stack);
  const node = findInImage(new SquashView(stack, upto), path, { verb: 'extract', followLast: false });
  const bytes = stack.pathBytes(node);
  const { explore } = await context.services();
  const result = await context.work((work) => explore.extract(image, bytes, upto, directory, work));
  if (options.json) {
    return context.print({
      schema: 'phyllo.extract/1',
      ...bytesField('path', Buffer.concat([Buffer.from('/'), bytes])),
      upto: upto < 0 ? null : upto,
      destination: directory,
      ...result,
    });
  }
  for (const warning of result.warnings) await context.note(`phyllo: extract: ${warning}`);
  const count = `${formatCount(result.files)} ${result.files === 1 ? 'file' : 'files'}`;
  await context.out.line(`Extracted ${count}, ${formatSize(result.bytes, 3)}, to ${safeText(directory)}`);
}
