// Keys that go from pane to pane, for screens whose panes are all that there is to go to.
import type { ActionId, Handlers } from './keymap/actions.ts';
import { paneBeside } from './pane-order.ts';

/** A pane that is called `files` has an action `files.focus`. */
type NamedPane = ActionId extends infer Id ? (Id extends `${infer Pane}.focus` ? Pane : never) : never;

interface Panes<Pane> {
  focus: Pane;
  /** Those that can be gone to now, in their order. */
  readonly panes: readonly Pane[];
}

export function paneKeys<Pane extends NamedPane>(screen: Panes<Pane>, all: readonly Pane[]): Handlers {
  const step = (direction: 1 | -1) => (): void => {
    screen.focus = paneBeside(screen.panes, screen.focus, direction);
  };
  const direct = all.map((pane) => [`${pane}.focus`, () => void (screen.focus = pane)] as const);
  return { 'pane.next': step(1), 'pane.previous': step(-1), ...Object.fromEntries(direct) };
}
