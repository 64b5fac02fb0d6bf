// Two containers of one image: the layers that they share drawn once, their own layers apart. Keys act on the side
// that has them.
import type { Container } from '../../../engine/container.ts';
import type { ActionId } from '../../keymap/actions.ts';
import type { KeyContext } from '../../keymap/resolve.ts';
import type { Host, Screen, ScreenView, TerminalInside, Viewport } from '../../screen.ts';
import type { Caret } from '../../terminal/driver.ts';
import { ContainerScreen, type ContainerFocus } from '../container/container-screen.ts';
import { sideView } from './side-view.ts';

export type SideNumber = 0 | 1;

export class SideScreen implements Screen {
  readonly host: Host;
  readonly sides: readonly [ContainerScreen, ContainerScreen];
  /** The side that has the keys. */
  current: SideNumber = 0;
  /** What is in the lower pane of each side. */
  readonly lower: ['terminal' | 'events', 'terminal' | 'events'] = ['events', 'events'];
  zoomed = false;

  constructor(host: Host, containers: readonly [Container, Container]) {
    this.host = host;
    this.sides = [new ContainerScreen(host, containers[0]), new ContainerScreen(host, containers[1])];
    for (const side of this.sides) side.focus = 'files';
  }

  get side(): ContainerScreen {
    return this.sides[this.current];
  }

  /** The shared layers belong to both. */
  get onLayers(): boolean {
    return this.side.focus === 'layers';
  }

  get inside(): TerminalInside | undefined {
    return this.side.inside;
  }

  get caret(): Caret | undefined {
    return this.side.caret;
  }

  keyContext(): KeyContext {
    const { scope, facts } = this.side.keyContext();
    return { scope, facts: { ...facts, 'two-sides': true } };
  }

  perform(action: ActionId): void {
    switch (action) {
      case 'side.next':
        return this.turnTo(this.current === 0 ? 1 : 0);
      case 'pane.next':
        return this.nextPane(1);
      case 'pane.previous':
        return this.nextPane(-1);
      case 'pane.zoom':
        this.zoomed = !this.zoomed;
        return this.host.changed();
      default:
        this.performOn(action);
    }
  }

  private performOn(action: ActionId): void {
    // What is done to the shared layers is done for both sides.
    const both = this.onLayers && !OF_ONE.test(action);
    this.side.perform(action);
    if (both) this.mirror();
    this.remember();
  }

  /** The other side looks at the same layer. */
  private mirror(): void {
    const other = this.sides[this.current === 0 ? 1 : 0];
    const { layers } = this.side.stack;
    const layer = layers?.selectedLayer;
    if (layer !== undefined) other.stack.layers?.selectLayer(layer);
    other.stack.followLayer();
  }

  /** The pane that has the keys must be there. */
  private remember(): void {
    const { focus } = this.side;
    if (focus === 'details') this.side.focus = 'files';
    if (focus === 'terminal' || focus === 'events') this.lower[this.current] = focus;
    this.host.changed();
  }

  private turnTo(side: SideNumber): void {
    const { focus } = this.side;
    this.side.leave();
    this.current = side;
    this.side.focus = focus === 'terminal' || focus === 'events' ? this.lower[side] : focus;
    this.host.changed();
  }

  private nextPane(direction: 1 | -1): void {
    const panes: readonly (readonly [SideNumber, ContainerFocus])[] = [
      [0, 'layers'],
      [0, 'files'],
      [0, this.lower[0]],
      [1, 'files'],
      [1, this.lower[1]],
    ];
    const { focus } = this.side;
    const at = panes.findIndex(
      ([side, pane]) => pane === focus && (pane === 'layers' || side === this.current),
    );
    const [side, pane] = panes[(at + direction + panes.length) % panes.length]!;
    this.current = side;
    this.side.focus = pane;
    this.host.changed();
  }

  pick(pane: string, row: number): void {
    const { side, name } = paneOf(pane);
    this.current = side;
    this.side.pick(name, row);
    if (name === 'layers') this.mirror();
    this.remember();
  }

  wheel(pane: string, rows: number): void {
    const { side, name } = paneOf(pane);
    this.sides[side].wheel(name, rows);
    if (name === 'layers') this.mirror();
  }

  stepBack(): boolean {
    if (this.zoomed) {
      this.zoomed = false;
      return true;
    }
    if (this.side.focus !== 'terminal' && this.side.focus !== 'events')
      return this.side.stack.search.text !== undefined && this.side.stepBack();
    this.side.focus = 'files';
    return true;
  }

  filter(text: string | undefined): void {
    this.side.filter(text);
  }

  get filterText(): string | undefined {
    return this.side.filterText;
  }

  covered(): void {
    for (const side of this.sides) side.covered();
  }

  resumed(): void {
    for (const side of this.sides) side.resumed();
  }

  view(viewport: Viewport): ScreenView {
    return sideView(this, viewport);
  }

  close(): void {
    for (const side of this.sides) side.close();
  }
}

/** Acts on one container, whatever pane has the keys. */
const OF_ONE = /^(?:container|terminal|events|item|files|details|image|filter)\./;

/** Panes are called `0 files`, `1 events`; that of the layers is of side 0. */
function paneOf(pane: string): { readonly side: SideNumber; readonly name: string } {
  const [, side, name] = /^([01]) (.*)$/.exec(pane) ?? [];
  return { side: side === '1' ? 1 : 0, name: name ?? pane };
}
