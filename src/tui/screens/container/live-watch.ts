// Follows the layer of a container while it is shown: the newest moment wins, and waits while another screen that
// knows paths by their numbers lies over the stack.
import type { ExploredContainer, LiveStack } from '../../../app/container-services.ts';
import type { StackScreen } from '../stack/stack-screen.ts';

export interface LiveEvents {
  readonly onMoment: (live: LiveStack) => void;
  readonly onError: (error: unknown) => void;
}

export class LiveWatch {
  private readonly events: LiveEvents;
  private waiting: LiveStack | undefined;
  private showing = false;
  private covered = false;
  private closed = false;
  private stop = (): void => {};

  constructor(events: LiveEvents) {
    this.events = events;
  }

  async follow(explored: Pick<ExploredContainer, 'onLive' | 'now'>, stack: StackScreen): Promise<void> {
    if (this.closed) return;
    let isFirst = true;
    const got = (live: LiveStack): void => {
      isFirst = false;
      this.waiting = live;
      this.events.onMoment(live);
      void this.show(stack);
    };
    // From the start: what happens while the first moment is made would be told by nobody.
    this.stop = explored.onLive(got, (error) => this.fail(error));
    try {
      const first = await explored.now;
      if (isFirst && !this.closed) got(first);
    } catch (error) {
      this.fail(error);
    }
  }

  private fail(error: unknown): void {
    if (!this.closed) this.events.onError(error);
  }

  /** Shows the newest moment that was not shown yet, as soon as the stack was read. */
  async show(stack: StackScreen): Promise<void> {
    if (this.showing) return;
    this.showing = true;
    while (this.waiting && !this.covered && !this.closed && stack.phase.kind === 'ready') {
      const live = this.waiting;
      this.waiting = undefined;
      await stack.showLive(live);
    }
    this.showing = false;
  }

  cover(covered: boolean): void {
    this.covered = covered;
  }

  close(): void {
    this.closed = true;
    this.stop();
  }
}
