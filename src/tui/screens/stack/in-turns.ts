// Work over all layers of a stack, a layer at a time, so that keys and frames are never kept waiting for all of it.
import { type DeadReport, deadBytesInSteps } from '../../../analysis/dead.ts';
import { SquashView } from '../../../tree/squash-view.ts';
import type { StackIndex } from '../../../tree/stack-index.ts';
import type { Host } from '../../screen.ts';

export async function preparedView(
  stack: StackIndex,
  upto: number,
  host: Pick<Host, 'turn'>,
): Promise<SquashView> {
  const view = new SquashView(stack, -1);
  for (let layer = 0; layer <= upto; layer++) {
    view.moveTo(layer);
    await host.turn();
  }
  return view;
}

export async function deadInTurns(stack: StackIndex, host: Pick<Host, 'turn'>): Promise<DeadReport> {
  const steps = deadBytesInSteps(stack);
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
    await host.turn();
  }
}
