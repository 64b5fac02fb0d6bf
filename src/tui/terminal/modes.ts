// The terminal modes that we switch on at the start and off at the end, as plain strings.

const ENTER_ALTERNATE = '\x1b[?1049h';
const LEAVE_ALTERNATE = '\x1b[?1049l';
export const MOUSE_ON = '\x1b[?1000h\x1b[?1006h';
export const MOUSE_OFF = '\x1b[?1006l\x1b[?1000l';
const PASTE_ON = '\x1b[?2004h';
const PASTE_OFF = '\x1b[?2004l';

export const HIDE_CURSOR = '\x1b[?25l';
export const SHOW_CURSOR = '\x1b[?25h';
export const BEGIN_SYNC = '\x1b[?2026h';
export const END_SYNC = '\x1b[?2026l';
/** Device status report: the terminal answers `ESC[0n` when it has got this far. */
export const ASK_STATUS = '\x1b[5n';

/** Alternate screen, hidden cursor, no autowrap (so that the last column can be written), bracketed paste. */
export function enterTerminal(mouse: boolean): string {
  return `${ENTER_ALTERNATE}${HIDE_CURSOR}\x1b[?7l${PASTE_ON}${mouse ? MOUSE_ON : ''}\x1b[m\x1b[H\x1b[2J`;
}

/**
 * Undoes `enterTerminal` from any state, also from the middle of a frame. Right after a crash a caller may write it
 * synchronously to the terminal.
 */
export const LEAVE_TERMINAL = `${END_SYNC}\x1b[r\x1b[m${MOUSE_OFF}${PASTE_OFF}\x1b[?7h${SHOW_CURSOR}${LEAVE_ALTERNATE}`;
