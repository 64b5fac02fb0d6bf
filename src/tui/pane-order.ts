// Going through the panes of a screen with a key, round and round. Pure.

/** What comes after (1) or before (-1) the focused one. */
export function paneBeside<Pane>(panes: readonly Pane[], focus: Pane, direction: 1 | -1): Pane {
  return panes[(panes.indexOf(focus) + direction + panes.length) % panes.length]!;
}
