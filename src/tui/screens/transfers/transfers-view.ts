// The list of transfers as panes of rows. Pure but for telling the list how many rows it has.
import { isPhylloError } from '../../../lib/errors.ts';
import { displaySize } from '../../../lib/units.ts';
import { transferDetails } from '../../present/transfer-details.ts';
import { transferHeading, transferRow } from '../../present/transfer-rows.ts';
import type { Host, ScreenView, Viewport } from '../../screen.ts';
import type { Transfer } from '../../transfers.ts';
import { type ListContent, emptyListRows, listPanes } from '../list/list-view.ts';
import { withLoginKey } from '../log-in.ts';
import type { TransferRow } from './transfer-list.ts';
import type { TransfersScreen } from './transfers-screen.ts';

export function transfersView(screen: TransfersScreen, viewport: Viewport): ScreenView {
  const panes = listPanes(listContent(screen, viewport), viewport);
  return { crumbs: ['images', 'transfers'], summary: summaryText(screen.host), panes };
}

function summaryText({ transfers: { list, running } }: Host): string {
  if (list.length === 0) return '';
  const rates = running.map(({ rate }) => rate.bytesPerSecond ?? 0);
  const rate = rates.reduce((sum, one) => sum + one, 0);
  const speed = rate === 0 ? [] : [`${displaySize(Math.round(rate))}/s`];
  return [
    `${list.length} transfer${list.length === 1 ? '' : 's'}`,
    `${running.length} running`,
    ...speed,
  ].join(' · ');
}

function listContent(screen: TransfersScreen, { theme }: Viewport): ListContent<TransferRow> {
  const { list, host, selected, withDetails } = screen;
  return {
    id: 'transfers',
    title: 'Transfers',
    list,
    heading: (width) => transferHeading(width, theme),
    row: (row, place) => transferRow(row, place, theme),
    empty: (width) => {
      const { filterText } = list;
      const empty = { problem: undefined, reading: undefined, filterText, none: 'No transfer' };
      return emptyListRows({ ...empty, advice: advice(host) }, width, theme);
    },
    details: (width) =>
      withDetails && selected ? transferDetails(selected, adviceFor(selected, host), width, theme) : [],
  };
}

function adviceFor({ error }: Transfer, host: Host): string | undefined {
  const explained = withLoginKey(error, host);
  return isPhylloError(explained) ? explained.hint : undefined;
}

function advice(host: Host): string[] {
  return [
    'Images on their way stand here: pulls, pushes, loads and saves, layer by layer. There are none yet.',
    '',
    'They go on while you look at other screens; the last line tells of them.',
    '',
    `${host.keyLabel('image.pull') ?? 'the palette'}  pulls an image from a registry`,
  ];
}
