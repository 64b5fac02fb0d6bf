// phyllo blame: the layers that touched a path, base first, with what each did to it.
import { type Touch, touchesOf } from '../../analysis/blame.ts';
import type { ExploredImage } from '../../app/services.ts';
import { safeBytes, safeText } from '../../lib/text.ts';
import { formatSize } from '../../lib/units.ts';
import type { StackRow } from '../../oci/history.ts';
import { Reason, type StackIndex, Status } from '../../tree/stack-index.ts';
import type { Context } from '../context.ts';
import { isSameFile } from '../doubts.ts';
import { findEver } from '../image-path.ts';
import { bytesField } from '../json.ts';
import { openStack } from '../opened-stack.ts';
import { shortened } from '../shortened.ts';
import { tableLines } from '../table.ts';
import { STATUS_NAMES, reasonNames } from '../tree-entries.ts';

interface BlameOptions {
  readonly json?: boolean;
  readonly platform?: string;
  readonly trunc?: boolean;
}

const INSTRUCTION_LENGTH = 60;

export async function run(context: Context, args: readonly string[], options: BlameOptions): Promise<void> {
  const [name, path] = args as [string, string];
  const image = await openStack(context, name, options);
  const stack = await context.indexed(image, () => image.stack);
  const node = findEver(stack, path, { verb: 'blame', followLast: false });
  const touches: Touch[] = [];
  for (const touch of touchesOf(stack, node)) {
    touches.push(await context.indexed(image, () => certainTouch(image, stack, touch)));
  }
  const rows = new Map(image.rows.map((row) => [row.layer, row]));
  if (options.json) {
    return context.print({
      schema: 'phyllo.blame/1',
      ...bytesField('path', Buffer.concat([Buffer.from('/'), stack.pathBytes(node)])),
      history: touches.map((touch) => touchDocument(image, touch, rows.get(touch.layer))),
    });
  }
  await context.out.line(`/${safeBytes(stack.pathBytes(node))}`);
  await context.out.lines(touchLines(touches, rows, options.trunc ?? true));
}

/** Headers alone do not tell whether a file of the same size has other bytes; for one path that is soon found out. */
async function certainTouch(image: ExploredImage, stack: StackIndex, touch: Touch): Promise<Touch> {
  if ((touch.reason & Reason.contentUnknown) === 0) return touch;
  const others = touch.reason & ~Reason.contentUnknown;
  if (!(await isSameFile(image, stack, touch.before, touch.after)))
    return { ...touch, reason: others | Reason.content };
  return { ...touch, reason: others, status: others === 0 ? Status.unchanged : touch.status };
}

function touchDocument(image: ExploredImage, touch: Touch, row: StackRow | undefined): object {
  return {
    layer: touch.layer,
    diffID: image.layers[touch.layer]?.diffID ?? null,
    createdBy: row?.createdBy ?? '',
    status: STATUS_NAMES[touch.status],
    reason: reasonNames(touch.reason),
    size: touch.sizeBytes,
  };
}

function touchLines(
  touches: readonly Touch[],
  rows: ReadonlyMap<number | undefined, StackRow>,
  trunc: boolean,
): Iterable<string> {
  const columns = [
    { title: 'LAYER', align: 'right' },
    { title: 'SIZE', align: 'right' },
    { title: 'CHANGE' },
    { title: 'INSTRUCTION' },
  ] as const;
  return tableLines(
    columns,
    touches.map(({ layer, status, reason, sizeBytes }) => {
      const row = rows.get(layer);
      const instruction = safeText((row?.instruction || row?.comment || '(no history)').replace(/\s+/g, ' '));
      const why = reason === 0 ? '' : `: ${reasonNames(reason).join(', ')}`;
      const change = status === Status.unchanged ? 'the same again' : `${STATUS_NAMES[status]}${why}`;
      return [
        String(layer),
        formatSize(sizeBytes, 3),
        change,
        trunc ? shortened(instruction, INSTRUCTION_LENGTH) : instruction,
      ];
    }),
  );
}
