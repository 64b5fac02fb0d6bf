// Two containers side by side as panes of rows.
import { safeText } from '../../../lib/text.ts';
import { bodyBox, isWide } from '../../layout.ts';
import { totalsText } from '../../present/live-text.ts';
import { stateText } from '../../present/container-rows.ts';
import type { Box, PaneView, ScreenView, Viewport } from '../../screen.ts';
import type { Theme } from '../../theme/theme.ts';
import type { ContainerFocus, ContainerScreen } from '../container/container-screen.ts';
import { eventsPane, terminalPane } from '../container/container-view.ts';
import { stackPane } from '../stack/stack-view.ts';
import type { SideNumber, SideScreen } from './side-screen.ts';

/** Borders included; more layers than that scroll. */
const MAX_LAYER_ROWS = 10;
const LEAST_ROWS = 24;

export function sideView(screen: SideScreen, viewport: Viewport, above = 0): ScreenView {
  const [left, right] = screen.sides.map(({ container }) => safeText(container.name));
  const whole = bodyBox(viewport.size);
  const body = { ...whole, y: whole.y + above, height: whole.height - above };
  return {
    crumbs: ['containers', `${left} and ${right}`],
    summary: '',
    panes: sidePanes(screen, body, viewport),
  };
}

function sidePanes(screen: SideScreen, body: Box, viewport: Viewport): PaneView[] {
  for (const number of [0, 1] as const) prepare(screen, number);
  if (screen.zoomed || !isWide(viewport.size) || body.height < LEAST_ROWS)
    return [onePane(screen, body, viewport)];
  const boxes = sideBoxes(screen, body);
  const shared = screen.sides[0].stack;
  shared.hasKeys = screen.onLayers;
  const layers = { ...stackPane(shared, 'layers', boxes.layers, viewport, 'Layers that both stand on') };
  return [
    layers,
    ...([0, 1] as const).flatMap((number) => columnPanes(screen, number, boxes.columns[number], viewport)),
  ];
}

function prepare(screen: SideScreen, number: SideNumber): void {
  const side = screen.sides[number];
  side.stack.isOnePane = true;
  side.stack.hasKeys = number === screen.current && side.focus === 'files';
}

function sideBoxes(screen: SideScreen, body: Box): { layers: Box; columns: readonly [Box, Box] } {
  const lines = screen.sides[0].stack.layers?.lines.length ?? 1;
  const layerRows = Math.min(MAX_LAYER_ROWS, lines + 2, Math.floor(body.height / 4));
  // Even, see the places of dialogs.
  const width = (body.width >> 1) & ~1;
  const column = { ...body, y: body.y + layerRows, height: body.height - layerRows };
  return {
    layers: { ...body, height: layerRows },
    columns: [
      { ...column, width },
      { ...column, x: width, width: body.width - width },
    ],
  };
}

function columnPanes(screen: SideScreen, number: SideNumber, box: Box, viewport: Viewport): PaneView[] {
  const side = screen.sides[number];
  const lower = screen.lower[number];
  const upperRows = Math.floor(box.height * (lower === 'terminal' ? 0.4 : 0.6));
  const upper = { ...box, height: upperRows };
  const below = { ...box, y: box.y + upperRows, height: box.height - upperRows };
  side.stack.hasKeys = number === screen.current && side.focus === 'files';
  const files = stackPane(side.stack, 'files', upper, viewport, sideTitle(side, viewport.theme));
  return [named(files, number), named(lowerPane(screen, number, below, viewport), number)];
}

function lowerPane(
  screen: SideScreen,
  number: SideNumber,
  box: Box,
  viewport: Viewport,
  title?: string,
): PaneView {
  const side = screen.sides[number];
  const pane = screen.lower[number] === 'terminal' ? terminalPane : eventsPane;
  return unlessElsewhere(screen, number, () => pane(side, box, viewport, title));
}

/** A pane of the side without the keys is drawn as one that has none. */
function unlessElsewhere(screen: SideScreen, number: SideNumber, draw: () => PaneView): PaneView {
  const side = screen.sides[number];
  if (number === screen.current) return draw();
  const { focus } = side;
  side.focus = 'files';
  const pane = draw();
  side.focus = focus;
  return pane;
}

function named(pane: PaneView, number: SideNumber): PaneView {
  return { ...pane, id: `${number} ${pane.id}` };
}

/** `web-1  ▲ running  R/W 2.3 MB` */
function sideTitle({ container, totals, removed }: ContainerScreen, theme: Theme): string {
  const state = removed ? theme.error('✗ removed') : stateText(container);
  const sums = totals ? `  ${totalsText(totals)}` : '';
  return `${safeText(container.name)}  ${state}${sums}`;
}

/** One pane at a time; the row of tabs tells the side, too. */
function onePane(screen: SideScreen, body: Box, viewport: Viewport): PaneView {
  const { side, current } = screen;
  const title = tabs(screen, viewport.theme);
  const { focus } = side;
  if (focus === 'terminal') return named(terminalPane(side, body, viewport, title), current);
  if (focus === 'events') return named(eventsPane(side, body, viewport, title), current);
  side.stack.hasKeys = true;
  const pane = stackPane(side.stack, focus === 'layers' ? 'layers' : 'files', body, viewport, title);
  return focus === 'layers' ? pane : named(pane, current);
}

function tabs({ side, current }: SideScreen, theme: Theme): string {
  const ids: readonly (readonly [ContainerFocus, string])[] = [
    ['layers', 'Layers'],
    ['files', 'Changes'],
    ['terminal', 'Terminal'],
    ['events', 'Events'],
  ];
  const numbers = { layers: 1, files: 2, details: 3, terminal: 4, events: 5 } as const;
  const name = theme.title(`${current === 0 ? '◀' : '▶'} ${safeText(side.container.name)}`);
  const shown = ids.map(([id, title]) => {
    const text = `${numbers[id]} ${title}`;
    return id === side.focus ? theme.accent(text) : theme.muted(text);
  });
  return [name, ...shown].join('  ');
}
