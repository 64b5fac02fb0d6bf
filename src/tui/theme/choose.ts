// Which theme and how many colours a terminal gets: from the user's setting and the environment that the caller
// hands over. Nothing is asked of the terminal, as answers come late or never.
import type { ColourDepth } from '../terminal/colour.ts';
import type { ThemeName } from './theme.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** `NO_COLOR`, `FORCE_COLOR`, `COLORTERM` and `TERM` as they are understood elsewhere. */
export function chooseDepth(env: Environment): ColourDepth {
  const force = env['FORCE_COLOR'] ?? '';
  if (force === '' && (env['NO_COLOR'] ?? '') !== '') return 'none';
  if (force === '0' || force === 'false') return 'none';
  if (force === '2') return '256';
  if (force === '3') return 'truecolor';
  const term = env['TERM'] ?? '';
  if (force === '' && (term === 'dumb' || term === '')) return 'none';
  if (/^(?:truecolor|24bit)$/i.test(env['COLORTERM'] ?? '') || term.endsWith('-direct')) return 'truecolor';
  if (/256/.test(term)) return '256';
  return /-m(?:ono)?$|^vt[12]\d\d/.test(term) && force === '' ? 'none' : '16';
}

/** `auto` is light when the terminal says in `COLORFGBG` that its background is, and dark otherwise. */
export function chooseTheme(setting: ThemeName | 'auto', depth: ColourDepth, env: Environment): ThemeName {
  if (depth === 'none') return 'none';
  if (setting !== 'auto') return setting;
  const background = Number((env['COLORFGBG'] ?? '').split(';').at(-1) || Number.NaN);
  return background === 7 || (background >= 9 && background <= 15) ? 'light' : 'dark';
}
