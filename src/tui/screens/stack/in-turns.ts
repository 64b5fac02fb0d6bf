// Work over all layers of a stack, a layer at a time, so that keys and frames are never kept waiting for all of it.
import { type DeadReport, deadBytesInSteps } from '../../../analysis/dead.ts';
import { SquashView } from '../../../tree/squash-view.ts';
import type { StackIndex } from '../../../tree/stack-index.ts';
import type { Host } from '../../screen.ts';

export interface Turns {
  readonly host: Pick<Host, 'turn'>;
  /** Nobody waits for the result any more. */
  readonly isOver: () => boolean;
}

/** Undefined when it was over before the end, as with the others here. */
export async function preparedView(
  stack: StackIndex,
  upto: number,
  { host, isOver }: Turns,
): Promise<SquashView | undefined> {
  const view = new SquashView(stack, -1);
  for (let layer = 0; layer <= upto; layer++) {
    view.moveTo(layer);
    await host.turn();
    if (isOver()) return undefined;
  }
  return view;
}

export async function deadInTurns(
  stack: StackIndex,
  { host, isOver }: Turns,
): Promise<DeadReport | undefined> {
  const steps = deadBytesInSteps(stack);
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
    await host.turn();
    if (isOver()) return undefined;
  }
}
