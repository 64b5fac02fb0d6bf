// What things look like, by what they mean. Status is never told by colour alone: letters and glyphs come with it.
import { makePaint, type Paint, type Style } from './style.ts';

export type ThemeName = 'dark' | 'light' | 'high-contrast' | 'none';

const TOKENS = [
  'text', // names, content
  'muted', // attributes, units, what is beside the point
  'title', // headings, the breadcrumb's last part
  'accent', // what to look at: counts, links, matches' rows
  'border',
  'borderFocused',
  'selection', // the row under the cursor in the pane that has the keys
  'selectionIdle', // the row under the cursor in another pane
  'added',
  'modified',
  'removed',
  'unchanged',
  'directory',
  'symlink',
  'special', // devices, fifos, sockets
  'bar', // size bars: bytes that count
  'barDead', // bytes that a later layer hides
  'barShared', // bytes that other images have too
  'match', // what a filter found, within a row
  'key', // a key in the footer, help and palette
  'mark',
  'error',
  'warning',
  'success',
  'lineNumber',
  'diffAdded',
  'diffRemoved',
  'diffHunk',
  'syntaxKeyword',
  'syntaxString',
  'syntaxNumber',
  'syntaxComment',
  'syntaxName',
] as const;

export type Token = (typeof TOKENS)[number];

export type Theme = Readonly<Record<Token, Paint>> & { readonly name: ThemeName };

type Palette = Readonly<Record<Token, Style>>;

const DARK: Palette = {
  text: {},
  muted: { fg: 'bright-black' },
  title: { bold: true },
  accent: { fg: 'cyan' },
  border: { fg: 'bright-black' },
  borderFocused: { fg: 'cyan' },
  selection: { inverse: true },
  selectionIdle: { bold: true },
  added: { fg: 'green' },
  modified: { fg: 'yellow' },
  removed: { fg: 'red' },
  unchanged: {},
  directory: { fg: 'bright-blue', bold: true },
  symlink: { fg: 'cyan' },
  special: { fg: 'magenta' },
  bar: { fg: 'blue' },
  barDead: { fg: 'bright-black' },
  barShared: { fg: 'cyan' },
  match: { fg: 'yellow', bold: true, underline: true },
  key: { fg: 'cyan', bold: true },
  mark: { fg: 'magenta', bold: true },
  error: { fg: 'bright-red', bold: true },
  warning: { fg: 'yellow' },
  success: { fg: 'green' },
  lineNumber: { fg: 'bright-black' },
  diffAdded: { fg: 'green' },
  diffRemoved: { fg: 'red' },
  diffHunk: { fg: 'cyan' },
  syntaxKeyword: { fg: 'magenta' },
  syntaxString: { fg: 'green' },
  syntaxNumber: { fg: 'yellow' },
  syntaxComment: { fg: 'bright-black', italic: true },
  syntaxName: { fg: 'bright-blue' },
};

/** Yellow and the bright colours cannot be read on white. */
const LIGHT: Palette = {
  ...DARK,
  accent: { fg: 'blue' },
  borderFocused: { fg: 'blue' },
  modified: { fg: 'magenta' },
  directory: { fg: 'blue', bold: true },
  symlink: { fg: 'blue' },
  barShared: { fg: 'magenta' },
  match: { bold: true, underline: true },
  key: { fg: 'blue', bold: true },
  error: { fg: 'red', bold: true },
  warning: { fg: 'red' },
  diffHunk: { fg: 'blue' },
  syntaxNumber: { fg: 'red' },
  syntaxName: { fg: 'blue' },
};

/** Default colours and weight; colour only where it is bright, nothing dimmed. */
const HIGH_CONTRAST: Palette = {
  text: {},
  muted: {},
  title: { bold: true, underline: true },
  accent: { bold: true },
  border: {},
  borderFocused: { bold: true },
  selection: { inverse: true, bold: true },
  selectionIdle: { underline: true },
  added: { fg: 'bright-green', bold: true },
  modified: { fg: 'bright-yellow', bold: true },
  removed: { fg: 'bright-red', bold: true },
  unchanged: {},
  directory: { bold: true },
  symlink: { underline: true },
  special: { bold: true },
  bar: { bold: true },
  barDead: {},
  barShared: {},
  match: { bold: true, underline: true },
  key: { bold: true },
  mark: { bold: true },
  error: { fg: 'bright-red', bold: true },
  warning: { fg: 'bright-yellow', bold: true },
  success: { fg: 'bright-green', bold: true },
  lineNumber: {},
  diffAdded: { fg: 'bright-green', bold: true },
  diffRemoved: { fg: 'bright-red', bold: true },
  diffHunk: { bold: true },
  syntaxKeyword: { bold: true },
  syntaxString: {},
  syntaxNumber: {},
  syntaxComment: { italic: true },
  syntaxName: {},
};

/** No colour at all (`NO_COLOR`): what must be told apart has weight, underline or inverse. */
const NONE: Palette = {
  text: {},
  muted: { dim: true },
  title: { bold: true },
  accent: { bold: true },
  border: { dim: true },
  borderFocused: { bold: true },
  selection: { inverse: true },
  selectionIdle: { bold: true },
  added: { bold: true },
  modified: { bold: true },
  removed: { dim: true },
  unchanged: {},
  directory: { bold: true },
  symlink: { underline: true },
  special: {},
  bar: {},
  barDead: { dim: true },
  barShared: {},
  match: { underline: true },
  key: { bold: true },
  mark: { bold: true },
  error: { bold: true },
  warning: { bold: true },
  success: {},
  lineNumber: { dim: true },
  diffAdded: { bold: true },
  diffRemoved: { dim: true },
  diffHunk: { underline: true },
  syntaxKeyword: { bold: true },
  syntaxString: {},
  syntaxNumber: {},
  syntaxComment: { dim: true },
  syntaxName: {},
};

const PALETTES: Readonly<Record<ThemeName, Palette>> = {
  dark: DARK,
  light: LIGHT,
  'high-contrast': HIGH_CONTRAST,
  none: NONE,
};

export const THEME_NAMES: readonly ThemeName[] = ['dark', 'light', 'high-contrast', 'none'];

export function makeTheme(name: ThemeName): Theme {
  const palette = PALETTES[name];
  const paints = Object.fromEntries(TOKENS.map((token) => [token, makePaint(palette[token])]));
  return { ...(paints as Record<Token, Paint>), name };
}

export function nextThemeName(name: ThemeName): ThemeName {
  return THEME_NAMES[(THEME_NAMES.indexOf(name) + 1) % THEME_NAMES.length]!;
}
