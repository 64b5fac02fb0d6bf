// The preview of a commit as panes of rows. Pure but for telling the list how many rows it has.
import { safeBytes, safeText } from '../../../lib/text.ts';
import { displaySize, formatCount } from '../../../lib/units.ts';
import { NodeType } from '../../../tree/layer-tree.ts';
import { bodyBox } from '../../layout.ts';
import { innerHeight, innerWidth, paneView } from '../../present/pane.ts';
import { fieldLines, wrapText } from '../../present/wrap.ts';
import type { Box, PaneView, ScreenView, Viewport } from '../../screen.ts';
import { GUTTER, GUTTER_NONE } from '../../theme/glyphs.ts';
import type { Theme, Token } from '../../theme/theme.ts';
import { fit, truncate } from '../../width.ts';
import { errorRows } from '../stack/stack-view.ts';
import type { CommitPlan } from './commit-plan.ts';
import type { CommitScreen } from './commit-screen.ts';

const FACT_ROWS = 7;

export function commitView(screen: CommitScreen, viewport: Viewport): ScreenView {
  const body = bodyBox(viewport.size);
  const facts = { ...body, height: FACT_ROWS };
  const list = { ...body, y: body.y + FACT_ROWS, height: body.height - FACT_ROWS };
  return {
    crumbs: ['containers', safeText(screen.container.name), 'commit'],
    summary: '',
    panes: [factsPane(screen, facts, viewport), listPane(screen, list, viewport)],
  };
}

function factsPane(
  { container, name, message, plan }: CommitScreen,
  box: Box,
  { theme }: Viewport,
): PaneView {
  const width = innerWidth(box) - 2;
  const { paths, sizeBytes } = plan?.totals ?? { paths: 0, sizeBytes: 0 };
  const out = plan?.excluded.length ?? 0;
  const left = out === 0 ? '' : `, ${formatCount(out)} left out`;
  const fields = [
    { label: 'image', value: `${safeText(container.image.name)} and one more layer` },
    { label: 'name', value: name === '' ? 'none: it goes by its ID (T gives it one)' : safeText(name) },
    { label: 'message', value: message === '' ? 'none (" writes one)' : safeText(message) },
    { label: 'layer', value: plan ? `${formatCount(paths)} paths, ${displaySize(sizeBytes)}${left}` : '…' },
  ];
  const rows = fields.map((field) => fieldLines(field, width, theme.muted)[0]!);
  const content = { id: 'facts', box, title: 'The image that is made', focused: false };
  return paneView({ ...content, rows: [...rows, 'W makes it'].map((row) => ` ${row}`) }, theme);
}

function listPane(screen: CommitScreen, box: Box, { theme }: Viewport): PaneView {
  const width = innerWidth(box);
  const { plan, list } = screen;
  list.resize(innerHeight(box));
  const { top, cursor } = list.place;
  const count = list.rows.length;
  const shown = list.rows.slice(top, top + list.height);
  const rows =
    shown.length === 0
      ? emptyRows(screen, width, theme)
      : shown.map((node, index) => planRow(plan!, node, { width, isCurrent: top + index === cursor }, theme));
  const place = count === 0 ? '' : `${formatCount(cursor + 1)} of ${formatCount(count)}`;
  const content = { id: 'commit', box, title: 'Its layer: v leaves a path out', place, focused: true };
  return paneView({ ...content, rows }, theme);
}

function emptyRows({ problem, plan }: CommitScreen, width: number, theme: Theme): string[] {
  if (problem !== undefined) return errorRows(problem, width - 2, theme).map((row) => ` ${row}`);
  if (!plan) return [' reading the layer …'];
  return wrapText('it has written nothing: the layer would be empty', width - 2).map((line) => ` ${line}`);
}

const BOXES = { in: '[x]', out: '[ ]', partly: '[-]' } as const;
const KIND_TOKENS: Readonly<Record<string, Token>> = {
  add: 'added',
  'copy-up': 'modified',
  rename: 'modified',
  whiteout: 'removed',
  opaque: 'removed',
};

function planRow(
  plan: CommitPlan,
  node: number,
  { width, isCurrent }: { readonly width: number; readonly isCurrent: boolean },
  theme: Theme,
): string {
  const choice = plan.choiceOf(node);
  const kind = plan.kindOf(node);
  const slash = plan.tree.type[node] === NodeType.dir ? '/' : '';
  const indent = '  '.repeat(Math.min(plan.depths[node]!, 40));
  const size = fit(displaySize(plan.sizeBytes[node]!), 10, { align: 'right' });
  const lead = ` ${BOXES[choice]} ${size}  `;
  const name = truncate(`${indent}${safeBytes(plan.tree.nameBytes(node))}${slash}`, width - lead.length - 12);
  if (isCurrent) return theme.selection(fit(`${GUTTER}${lead}${kind.padEnd(9)} ${name}`, width));
  const paint = choice === 'out' ? theme.muted : theme[KIND_TOKENS[kind] ?? 'text'];
  return fit(
    `${GUTTER_NONE}${lead}${paint(kind.padEnd(9))} ${choice === 'out' ? theme.muted(name) : name}`,
    width,
  );
}
