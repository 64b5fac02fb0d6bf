// The stack screen as panes of rows. Pure but for telling the panes how many rows they have.
import { isPhylloError } from '../../../lib/errors.ts';
import { safeText } from '../../../lib/text.ts';
import { displaySize, formatCount } from '../../../lib/units.ts';
import { bodyBox, isWide, splitBody } from '../../layout.ts';
import { fileDetails } from '../../present/file-details.ts';
import { fileRows } from '../../present/file-rows.ts';
import { layerDetails } from '../../present/layer-details.ts';
import { innerHeight, innerWidth, paneView, tabTitle } from '../../present/pane.ts';
import { stackRow } from '../../present/stack-rows.ts';
import { wrapText } from '../../present/wrap.ts';
import type { Box, PaneView, ScreenView, Viewport } from '../../screen.ts';
import type { Theme } from '../../theme/theme.ts';
import { displayWidth, truncate } from '../../width.ts';
import type { FilesPane } from './files.ts';
import type { StackFocus, StackScreen } from './stack-screen.ts';

export function stackScreenView(screen: StackScreen, viewport: Viewport): ScreenView {
  return {
    crumbs: [screen.crumb, screen.title],
    summary: summaryText(screen),
    panes: panes(screen, viewport),
  };
}

function summaryText({ image, layers, files, phase }: StackScreen): string {
  if (!image) return '';
  const count = image.layers.length;
  const parts = [`${count} layer${count === 1 ? '' : 's'}`];
  if (phase.kind === 'ready' && files) {
    const total = layers!.trees.reduce((sum, tree) => sum + (tree?.facts.contentBytes ?? 0), 0);
    parts.unshift(displaySize(total));
    const dead = layers!.dead?.total ?? 0;
    if (dead > 0) parts.push(`${displaySize(dead)} dead`);
  }
  return parts.join(' · ');
}

function panes(screen: StackScreen, viewport: Viewport): PaneView[] {
  const body = bodyBox(viewport.size);
  if (screen.phase.kind === 'opening' || screen.phase.kind === 'failed')
    return [messagePane(screen, body, viewport)];
  screen.isOnePane = !isWide(viewport.size) || screen.zoomed;
  if (screen.isOnePane) return [onePane(screen, body, viewport)];
  const { left, right, details } = splitBody(body, screen.withDetails);
  const shown = [pane(screen, 'layers', left, viewport), pane(screen, 'files', right, viewport)];
  if (details) shown.push(pane(screen, 'details', details, viewport));
  return shown;
}

/** One pane at a time; its title is the row of tabs. */
function onePane(screen: StackScreen, body: Box, viewport: Viewport): PaneView {
  const ids: StackFocus[] = screen.withDetails ? ['layers', 'files', 'details'] : ['layers', 'files'];
  const tabs = ids.map((id) => ({ title: stackTitle(screen, id), current: id === screen.focus }));
  return pane(screen, screen.focus, body, viewport, tabTitle(tabs, viewport.theme));
}

export function stackTitle(screen: StackScreen, id: StackFocus): string {
  switch (id) {
    case 'layers':
      return 'Layers';
    case 'details':
      return 'Details';
    case 'files':
      return filesTitle(screen);
  }
}

function filesTitle({ files, layers, image, since = Number.POSITIVE_INFINITY }: StackScreen): string {
  const layer = layers?.selectedLayer;
  if (!files) return 'Files';
  if (files.mode === 'squashed') return layers!.upto < 0 ? 'Files' : `Files up to layer ${layers!.upto}`;
  if (layers!.upto > since)
    return `Changes of layers ${since + 1} to ${layers!.upto}${files.mode === 'flat' ? ', flat' : ''}`;
  if (layer === undefined) return 'No layer';
  if (layer === image?.layers.length)
    return files.mode === 'flat' ? 'Its own changes, flat' : 'Its own changes';
  return files.mode === 'flat' ? `Changes in layer ${layer}, flat` : `Changes in layer ${layer}`;
}

/** One of its panes, also before there is anything to show in it. */
export function stackPane(
  screen: StackScreen,
  id: StackFocus,
  box: Box,
  viewport: Viewport,
  title?: string,
): PaneView {
  const isThere = screen.phase.kind !== 'opening' && screen.phase.kind !== 'failed';
  if (isThere) return pane(screen, id, box, viewport, title);
  return { ...messagePane(screen, box, viewport, title ?? stackTitle(screen, id)), id };
}

function pane(screen: StackScreen, id: StackFocus, box: Box, viewport: Viewport, title?: string): PaneView {
  const shownTitle = title ?? stackTitle(screen, id);
  const noteRoom = innerWidth(box) - displayWidth(shownTitle) - 6;
  const rows = rowsOf(screen, id, { box, noteRoom }, viewport);
  const content = { id, box, title: shownTitle, focused: screen.hasKeys && screen.focus === id };
  return paneView({ ...content, ...rows }, viewport.theme);
}

interface PaneRows {
  readonly rows: readonly string[];
  readonly note?: string;
  readonly place?: string;
}

interface PaneRoom {
  readonly box: Box;
  /** Columns beside the title. */
  readonly noteRoom: number;
}

function rowsOf(screen: StackScreen, id: StackFocus, room: PaneRoom, viewport: Viewport): PaneRows {
  switch (id) {
    case 'layers':
      return layerRows(screen, room.box, viewport);
    case 'files':
      return filesRows(screen, room, viewport);
    case 'details':
      return detailRows(screen, room.box, viewport);
  }
}

function layerRows(screen: StackScreen, box: Box, { theme }: Viewport): PaneRows {
  const layers = screen.layers!;
  layers.resize(innerHeight(box));
  const { top, cursor } = layers.place;
  const options = {
    width: innerWidth(box),
    focused: screen.hasKeys && screen.focus === 'layers',
    maxBytes: layers.maxBytes,
  };
  const shown = layers.lines.slice(top, top + layers.height);
  const rows = shown.map((line, index) => stackRow(line, top + index === cursor, options, theme));
  return {
    rows,
    ...(layers.lines.length > layers.height && { place: `${cursor + 1} of ${layers.lines.length}` }),
  };
}

function filesRows(screen: StackScreen, { box, noteRoom }: PaneRoom, viewport: Viewport): PaneRows {
  const { files, phase } = screen;
  const { theme } = viewport;
  if (!files) return { rows: readingRows(phase, innerWidth(box)) };
  files.resize(innerHeight(box));
  const options = {
    width: innerWidth(box),
    focused: screen.hasKeys && screen.focus === 'files',
    attributes: screen.withAttributes && innerWidth(box) >= 56,
  };
  const count = files.rows.nodes.length;
  const rows =
    count === 0
      ? wrapText(emptyText(screen), options.width - 2).map((line) => ` ${line}`)
      : fileRows(files, options, theme);
  return { rows, note: noteText(screen, noteRoom, theme), place: placeText(screen, innerWidth(box), theme) };
}

function readingRows(phase: StackScreen['phase'], width: number): string[] {
  const progress = phase.kind === 'reading' ? phase.progress : undefined;
  if (!progress) return [' reading the layers …'];
  const { layersDone, layersTotal, doneBytes, totalBytes } = progress;
  const percent = totalBytes === 0 ? 0 : Math.floor((doneBytes / totalBytes) * 100);
  const figures = `${displaySize(doneBytes)} of ${displaySize(totalBytes)}`;
  return wrapText(
    `reading the layers: ${layersDone} of ${layersTotal} done, ${percent} %, ${figures}`,
    width - 2,
  ).map((line) => ` ${line}`);
}

/** Says why there is nothing, and which key helps. */
function emptyText({ files, layers, search, image }: StackScreen): string {
  if (search.text !== undefined) return `nothing here matches ${safeText(search.text)}; esc ends the filter`;
  if (layers!.selectedLayer === undefined && files!.mode !== 'squashed') {
    return 'this instruction made no layer: it changes the configuration alone. i shows what it sets, s all files up to here.';
  }
  if (files!.shown.includes(false))
    return 'everything is hidden: a m r u bring added, modified, removed and unchanged back';
  return image?.layers.length === layers!.selectedLayer
    ? 'it has written nothing yet: all that it sees are the layers below; s shows them'
    : 'this layer changes nothing; s shows all files up to here';
}

/** What the filter found, and how much the layer changed: in letters where there is no room for words. */
function noteText({ files, search }: StackScreen, room: number, theme: Viewport['theme']): string {
  const found = files!.matches ? ` ${formatCount(files!.foundCount)} match` : '';
  const filter =
    search.text === undefined ? [] : [theme.match(`/${safeText(search.text)}`) + theme.muted(found)];
  const full = [...filter, ...countTexts(files!, WORDS, theme)].join(' ');
  return displayWidth(full) <= room ? full : [...filter, ...countTexts(files!, LETTERS, theme)].join(' ');
}

const WORDS = [' unchanged', ' added', ' modified', ' removed'] as const;
const LETTERS = ['u', 'A', 'M', 'D'] as const;

function countTexts(
  { lens, shown }: FilesPane,
  names: typeof WORDS | typeof LETTERS,
  theme: Theme,
): string[] {
  const { added, modified, removed } = lens.counts;
  const hidden = (status: 0 | 1 | 2 | 3): string => theme.muted(`${names[status].trim()} hidden`);
  return [
    shown[1] ? theme.added(formatCount(added) + names[1]) : hidden(1),
    shown[2] ? theme.modified(formatCount(modified) + names[2]) : hidden(2),
    shown[3] ? theme.removed(formatCount(removed) + names[3]) : hidden(3),
    ...(shown[0] ? [] : [hidden(0)]),
  ];
}

function placeText({ files, search }: StackScreen, width: number, theme: Theme): string {
  // What is wrong with a filter stands at the end of the message.
  if (search.problem !== undefined)
    return theme.error(truncate(safeText(search.problem), width - 4, { cut: 'start' }));
  const count = files!.rows.nodes.length;
  const order = files!.order === 'size' ? 'by size' : 'by name';
  const where = count === 0 ? '' : `, ${formatCount(files!.place.cursor + 1)} of ${formatCount(count)}`;
  return `${order}${files!.reversed ? ' reversed' : ''}${where}`;
}

function detailRows(screen: StackScreen, box: Box, { theme }: Viewport): PaneRows {
  const width = innerWidth(box) - 1;
  const lines = detailLines(screen, width, theme);
  const height = innerHeight(box);
  screen.detailsTop = Math.max(0, Math.min(screen.detailsTop, lines.length - height));
  const rows = lines.slice(screen.detailsTop, screen.detailsTop + height).map((line) => ` ${line}`);
  return {
    rows,
    ...(lines.length > height && {
      place: `${screen.detailsTop + 1}-${screen.detailsTop + rows.length} of ${lines.length}`,
    }),
  };
}

function detailLines(screen: StackScreen, width: number, theme: Viewport['theme']): string[] {
  const { files, layers, image } = screen;
  const node = files?.selected;
  if (screen.subject === 'files' && files && node !== undefined)
    return fileDetails(files, node, width, theme);
  const row = layers?.selected;
  if (!row || !image) return [];
  const base = image.bases.find(({ layer }) => row.layer !== undefined && row.layer <= layer)?.name;
  const details = {
    row,
    layer: row.layer === undefined ? undefined : image.layers[row.layer],
    tree: row.layer === undefined ? undefined : layers.trees[row.layer],
    dead: layers.dead,
    base,
    own: row.layer === image.layers.length ? screen.totals : undefined,
    nowMs: screen.host.now(),
  };
  return layerDetails(details, width, theme);
}

function messagePane(screen: StackScreen, box: Box, { theme }: Viewport, title = 'Layers'): PaneView {
  const { phase } = screen;
  const width = innerWidth(box) - 2;
  const rows = phase.kind === 'failed' ? errorRows(phase.error, width, theme) : [`opening ${screen.title} …`];
  return paneView(
    { id: 'message', box, title, focused: screen.hasKeys, rows: rows.map((row) => ` ${row}`) },
    theme,
  );
}

export function errorRows(error: unknown, width: number, theme: Viewport['theme']): string[] {
  const message = error instanceof Error ? error.message : String(error);
  const hint = isPhylloError(error) ? error.hint : undefined;
  const lines = wrapText(`✗ ${safeText(message)}`, width).map((line) => theme.error(line));
  return hint === undefined ? lines : [...lines, '', ...wrapText(safeText(hint), width)];
}
