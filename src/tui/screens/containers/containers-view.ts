// The containers screen as panes of rows. Pure but for telling the list how many rows it has.
import type { Container } from '../../../engine/container.ts';
import { containerDetails } from '../../present/container-details.ts';
import { type ContainerRowFacts, containerHeading, containerRow } from '../../present/container-rows.ts';
import type { ScreenView, Viewport } from '../../screen.ts';
import { type ListContent, emptyListRows, listPanes } from '../list/list-view.ts';
import type { ContainersScreen } from './containers-screen.ts';

const ADVICE = [
  'These are your containers, running or not. There are none yet.',
  '',
  'A container is an image with one more layer on top, which is its own: whatever it writes is copied up there first, and the image stays as it is. Here you can watch that.',
  '',
  'I  goes to the images, and R there runs a container of one',
];

export function containersView(screen: ContainersScreen, viewport: Viewport): ScreenView {
  const panes = listPanes(listContent(screen, viewport), viewport);
  return { crumbs: ['images', 'containers'], summary: summaryText(screen), panes };
}

function summaryText({ containers }: ContainersScreen): string {
  if (!containers || containers.length === 0) return '';
  const running = containers.filter(({ status }) => status === 'running').length;
  return `${containers.length} container${containers.length === 1 ? '' : 's'} · ${running} running`;
}

function listContent(screen: ContainersScreen, { theme }: Viewport): ListContent<Container> {
  const { list, selected, withDetails, host } = screen;
  return {
    id: 'containers',
    title: 'Containers',
    list,
    heading: (width) => containerHeading(width, theme),
    row: (container, place) => containerRow(rowFacts(screen, container), place, theme),
    empty: (width) => emptyRows(screen, width, theme),
    details: (width) => (withDetails && selected ? containerDetails(selected, width, theme, host.now()) : []),
  };
}

function rowFacts(screen: ContainersScreen, container: Container): ContainerRowFacts {
  const { id, status, startedAt, finishedAt } = container;
  return {
    container,
    isMarked: screen.list.marked.has(id),
    nowMs: screen.host.now(),
    sizeBytes: screen.sizes.get(id, `${status} ${startedAt} ${finishedAt}`),
  };
}

function emptyRows(
  { problem, containers, list }: ContainersScreen,
  width: number,
  theme: Viewport['theme'],
): string[] {
  const reading = containers ? undefined : 'reading the containers …';
  const { filterText } = list;
  return emptyListRows({ problem, reading, filterText, none: 'No container', advice: ADVICE }, width, theme);
}
