// The demonstration as panes of rows: the step above, the two containers below.
import { bodyBox } from '../../layout.ts';
import { innerHeight, innerWidth, paneView } from '../../present/pane.ts';
import { wrapText } from '../../present/wrap.ts';
import type { Box, PaneView, ScreenView, Viewport } from '../../screen.ts';
import type { Theme } from '../../theme/theme.ts';
import { errorRows } from '../stack/stack-view.ts';
import { sideView } from '../side/side-view.ts';
import { COW_STEPS, fillIn } from './cow-steps.ts';
import type { DemoScreen } from './demo-screen.ts';

/** Borders included. */
const CAPTION_ROWS = 8;

export function demoView(screen: DemoScreen, viewport: Viewport): ScreenView {
  const body = bodyBox(viewport.size);
  const crumbs = ['demo', 'copy-on-write'];
  if (!screen.side) return { crumbs, summary: '', panes: [waitingPane(screen, body, viewport.theme)] };
  const caption = captionPane(screen, { ...body, height: CAPTION_ROWS }, viewport.theme);
  const { panes } = sideView(screen.side, viewport, CAPTION_ROWS);
  return { crumbs, summary: `step ${screen.step + 1} of ${COW_STEPS.length}`, panes: [caption, ...panes] };
}

function waitingPane({ problem }: DemoScreen, box: Box, theme: Theme): PaneView {
  const width = innerWidth(box) - 2;
  const rows =
    problem === undefined ? ['two containers are being started …'] : errorRows(problem, width, theme);
  const content = { id: 'caption', box, title: 'Copy-on-write', focused: true };
  return paneView({ ...content, rows: rows.map((row) => ` ${row}`) }, theme);
}

function captionPane(screen: DemoScreen, box: Box, theme: Theme): PaneView {
  const { current, step, files, running } = screen;
  const width = innerWidth(box) - 2;
  const caption = files ? fillIn(current.caption, files) : current.caption;
  const said = wrapText(caption, width);
  const result = screen.results.get(step)?.lines ?? (running ? ['…'] : []);
  const room = Math.max(0, innerHeight(box) - said.length);
  const rows = [...said, ...result.slice(0, room).map((line) => theme.accent(line))];
  const content = {
    id: 'caption',
    box,
    title: theme.title(`${step + 1}. ${current.title}`),
    place: step < COW_STEPS.length - 1 ? '> next step, < back' : '< back, esc ends',
    focused: false,
  };
  return paneView({ ...content, rows: rows.map((row) => ` ${row}`) }, theme);
}
