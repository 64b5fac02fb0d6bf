// The tags of a repository as panes of rows. Pure but for telling the list how many rows it has.
import { safeText } from '../../../lib/text.ts';
import { tagDetails, tagHeading, tagRow } from '../../present/tag-rows.ts';
import type { ScreenView, Viewport } from '../../screen.ts';
import { type ListContent, emptyListRows, listPanes } from '../list/list-view.ts';
import type { TagsScreen } from './tags-screen.ts';

export function tagsView(screen: TagsScreen, viewport: Viewport): ScreenView {
  const { repository, crumb, tags } = screen;
  const panes = listPanes(listContent(screen, viewport), viewport);
  const count = tags?.length;
  const outer = crumb === undefined ? ['images'] : ['images', safeText(crumb)];
  const summary = count === undefined ? '' : `${count} tag${count === 1 ? '' : 's'}`;
  return { crumbs: [...outer, safeText(repository)], summary, panes };
}

function listContent(screen: TagsScreen, { theme }: Viewport): ListContent<string> {
  const { list, selected, withDetails, host } = screen;
  const facts = (tag: string) => ({
    tag,
    fact: screen.facts.get(tag),
    owner: screen.ownerOf(tag),
    isMarked: list.marked.has(tag),
    nowMs: host.now(),
  });
  return {
    id: 'tags',
    title: `Tags of ${safeText(screen.repository)}`,
    list,
    heading: (width) => tagHeading(width, theme),
    row: (tag, place) => tagRow(facts(tag), place, theme),
    empty: (width) => emptyRows(screen, width, theme),
    details: (width) =>
      withDetails && selected !== undefined ? tagDetails(facts(selected), screen.images, width, theme) : [],
  };
}

function emptyRows(screen: TagsScreen, width: number, theme: Viewport['theme']): string[] {
  const { problem, tags, list, registry = '', host } = screen;
  const reading = tags ? undefined : `asking ${safeText(registry)} …`;
  const advice = [
    'These are the tags of a repository. It has none.',
    '',
    `${host.keyLabel('registry.open') ?? 'the palette'}  asks for another repository`,
  ];
  return emptyListRows(
    { problem, reading, filterText: list.filterText, none: 'No tag', advice },
    width,
    theme,
  );
}
