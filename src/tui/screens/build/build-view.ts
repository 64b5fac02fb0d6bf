// A build's screen as panes of rows. Pure but for telling the panes how large they are.
import { safeText } from '../../../lib/text.ts';
import { displaySize } from '../../../lib/units.ts';
import { bodyBox } from '../../layout.ts';
import { stepDetails } from '../../present/build-config.ts';
import { outputEnd, outputRow, silence } from '../../present/build-output.ts';
import { innerHeight, innerWidth, paneView, tabTitle } from '../../present/pane.ts';
import { wrapText } from '../../present/wrap.ts';
import type { Box, PaneView, ScreenView, Viewport } from '../../screen.ts';
import { errorRows, stackPane, stackTitle } from '../stack/stack-view.ts';
import { buildBoxes, panesBox, statusBox } from './build-layout.ts';
import type { BuildScreen } from './build-screen.ts';
import type { BuildFocus } from './pane-focus.ts';
import { sourcePane } from './source-view.ts';
import { statusLine, summaryText } from './status-line.ts';
import { failureRows } from './failure.ts';
import { stepBelow, stepCount, stepNumber } from './build-steps.ts';

export function buildView(screen: BuildScreen, viewport: Viewport): ScreenView {
  const isOpen = screen.phase.kind === 'open';
  return {
    crumbs: ['build', screen.title],
    summary: summaryText(screen, viewport.theme),
    panes: isOpen
      ? [statusPane(screen, viewport), ...panes(screen, viewport)]
      : [openingPane(screen, bodyBox(viewport.size), viewport)],
  };
}

function statusPane(screen: BuildScreen, { size, theme }: Viewport): PaneView {
  const box = statusBox(size);
  return { id: 'status', box, lines: [statusLine(screen, box.width, theme)] };
}

function panes(screen: BuildScreen, viewport: Viewport): PaneView[] {
  const { stack, focus } = screen;
  stack.hasKeys = screen.panes.inStack;
  const boxes = screen.zoomed ? undefined : buildBoxes(viewport.size, stack.withDetails);
  screen.isOnePane = !boxes;
  stack.isOnePane = !boxes;
  if (!boxes) return [onePane(screen, focus, viewport)];
  const shown = (['source', 'layers', 'files', 'output'] as const).map((id) =>
    pane(screen, id, boxes[id], viewport),
  );
  if (boxes.details) shown.push(pane(screen, 'details', boxes.details, viewport));
  return shown;
}

/** One pane at a time; its title is the row of tabs, numbered as the keys that go to them. */
function onePane(screen: BuildScreen, focus: BuildFocus, viewport: Viewport): PaneView {
  const ids = ['source', 'layers', 'files', 'details', 'output'] as const;
  const tabs = ids.map((id) => ({ title: shortTitle(screen, id), current: id === focus }));
  return pane(screen, focus, panesBox(viewport.size), viewport, tabTitle(tabs, viewport.theme, 0));
}

function shortTitle({ stack }: BuildScreen, id: BuildFocus): string {
  if (id === 'source') return 'Dockerfile';
  if (id === 'output') return 'Output';
  return id === 'files' ? 'Changes' : stackTitle(stack, id);
}

function pane(screen: BuildScreen, id: BuildFocus, box: Box, viewport: Viewport, title?: string): PaneView {
  switch (id) {
    case 'source':
      return sourcePane(screen, box, viewport, title);
    case 'output':
      return outputPane(screen, box, viewport, title);
    case 'details':
      return screen.panes.subject === 'source' || screen.panes.subject === 'output'
        ? detailsPane(screen, box, viewport, title)
        : imagePane(screen, id, box, viewport, title);
    default:
      return imagePane(screen, id, box, viewport, title);
  }
}

// ------------------------------------------------------------ layers and files

function imagePane(
  screen: BuildScreen,
  id: 'layers' | 'files' | 'details',
  box: Box,
  viewport: Viewport,
  title?: string,
): PaneView {
  const { image, stack } = screen;
  const why = reasonForNone(screen);
  if (why === undefined && image.problem === undefined) return stackPane(stack, id, box, viewport, title);
  const width = innerWidth(box) - 2;
  const rows =
    image.problem === undefined
      ? wrapText(why ?? '', width)
      : errorRows(image.problem, width, viewport.theme);
  const focused = screen.panes.inStack && stack.focus === id;
  const content = { id, box, title: title ?? stackTitle(stack, id), focused };
  return paneView({ ...content, rows: rows.map((row) => ` ${row}`) }, viewport.theme);
}

function reasonForNone({ image, shown }: BuildScreen): string | undefined {
  if (image.hasImage) return undefined;
  if (shown?.status === 'pending') return 'nothing has run yet: ] runs the first step';
  return shown?.status === 'running' ? 'the base image is on its way' : 'there is no image at this step';
}

// --------------------------------------------------------------------- output

function outputPane(screen: BuildScreen, box: Box, { theme }: Viewport, title?: string): PaneView {
  const { session, shown, output } = screen;
  const width = innerWidth(box);
  const lines = session && shown ? session.output(shown.id) : [];
  const end = shown ? outputEnd(shown, width - 1, theme) : [];
  output.resize(lines.length + end.length, innerHeight(box));
  const { top, height, count } = output;
  const rows = [
    ...lines.slice(top, top + height).map((line) => outputRow(line, width, theme)),
    ...end.slice(Math.max(0, top - lines.length), Math.max(0, top + height - lines.length)),
  ];
  if (shown && count === 0) rows.push(...wrapText(silence(shown), width - 2).map((line) => ` ${line}`));
  const place =
    count > height
      ? `${top + 1}-${top + rows.length} of ${count}${output.isAtEnd ? '' : ', G to the end'}`
      : '';
  const name = title ?? (session && shown ? `Output of step ${stepCount(session.steps, shown)}` : 'Output');
  return paneView({ id: 'output', box, title: name, place, focused: screen.focus === 'output', rows }, theme);
}

// -------------------------------------------------------------------- details

function detailsPane(screen: BuildScreen, box: Box, { theme }: Viewport, title = 'Details'): PaneView {
  const { session, build, here, shown, details, host } = screen;
  const step = here ?? shown;
  if (!session || !step) return paneView({ id: 'step-details', box, title, focused: false, rows: [] }, theme);
  const facts = {
    step,
    below: stepBelow(session.steps, step),
    count: stepCount(session.steps, step),
    numberOf: (id: string) => stepNumber(session.steps, id),
    warnings: build?.warnings ?? [],
    nowMs: host.now(),
  };
  const lines = stepDetails(facts, innerWidth(box) - 2, theme);
  const window = details.window(lines, innerHeight(box));
  return paneView({ id: 'step-details', box, title, focused: screen.focus === 'details', ...window }, theme);
}

// -------------------------------------------------------------------- opening

function openingPane(screen: BuildScreen, box: Box, { theme }: Viewport): PaneView {
  const { phase } = screen;
  const width = innerWidth(box) - 2;
  const rows =
    phase.kind === 'failed' ? failureRows(phase.error, width, theme) : wrapText(openingText(screen), width);
  return paneView(
    { id: 'message', box, title: 'Build', focused: true, rows: rows.map((row) => ` ${row}`) },
    theme,
  );
}

function openingText({ phase, title }: BuildScreen): string {
  const progress = phase.kind === 'opening' ? phase.progress : undefined;
  if (!progress) return `opening ${title} …`;
  const total = progress.totalBytes === undefined ? '' : ` of ${displaySize(progress.totalBytes)}`;
  return `opening ${title}: ${safeText(progress.item)}, ${displaySize(progress.doneBytes)}${total}`;
}
