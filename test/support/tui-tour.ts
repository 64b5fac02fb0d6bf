// The sample image opened in the terminal UI, and what its file pane shows.
import { type Ui, openUi } from './tui-app.ts';
import type { Place } from './tui-services.ts';

export async function openTourIn(
  place: Place,
  options: { columns?: number; rows?: number } = {},
): Promise<Ui> {
  const ui = openUi({ services: place.services, image: 'phyllo/tour', ...options });
  await ui.shows('dead');
  return ui;
}

/** Rows of the file pane without attributes and sizes: `M ▾ etc/`. */
export function fileNames(ui: Ui): string[] {
  return ui
    .pane('files')
    .rows.filter((row) => row !== '')
    .map((row) => row.replace(/^.*? -?[\d.]+ k?M?B /, '').trim());
}
