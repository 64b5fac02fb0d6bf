// Key names as people write them in settings, and as screens show them.

const NAMED: ReadonlySet<string> = new Set([
  'enter',
  'esc',
  'tab',
  'space',
  'backspace',
  'delete',
  'insert',
  'up',
  'down',
  'left',
  'right',
  'home',
  'end',
  'pgup',
  'pgdn',
  'f1',
  'f2',
  'f3',
  'f4',
  'f5',
  'f6',
  'f7',
  'f8',
  'f9',
  'f10',
  'f11',
  'f12',
]);

const ALIASES: Readonly<Record<string, string>> = {
  escape: 'esc',
  return: 'enter',
  ' ': 'space',
  del: 'delete',
  ins: 'insert',
  pageup: 'pgup',
  pagedown: 'pgdn',
  bs: 'backspace',
};

const LABELS: Readonly<Record<string, string>> = {
  up: '↑',
  down: '↓',
  left: '←',
  right: '→',
  enter: '⏎',
  pgup: 'PgUp',
  pgdn: 'PgDn',
  home: 'Home',
  end: 'End',
};

/** The name that the key reader uses; undefined for what is no key. `Ctrl+D`, `escape` and `PageUp` are understood. */
export function parseKeyName(text: string): string | undefined {
  if (text.length === 1) return text === ' ' ? 'space' : text;
  const parts = /^((?:(?:ctrl|alt|shift)[-+])*)(.+)$/is.exec(text);
  if (!parts) return undefined;
  const modifiers = new Set(parts[1]!.toLowerCase().split(/[-+]/).filter(Boolean));
  const base = parseBase(parts[2]!, modifiers);
  if (base === undefined) return undefined;
  const prefix = ['ctrl', 'alt', 'shift']
    .filter((modifier) => modifiers.has(modifier))
    .map((name) => `${name}-`);
  return prefix.join('') + base;
}

function parseBase(text: string, modifiers: Set<string>): string | undefined {
  const lower = text.toLowerCase();
  const name = ALIASES[lower] ?? lower;
  if (NAMED.has(name)) return name;
  if (Array.from(text).length !== 1) return undefined;
  // Terminals send shift within the letter, and none within ctrl.
  if (modifiers.delete('shift')) return text.toUpperCase();
  return modifiers.has('ctrl') ? lower : text;
}

/** As shown in footer and help: `↑`, `⏎`, `PgDn`, `ctrl-d`. */
export function keyLabel(key: string): string {
  return LABELS[key] ?? key;
}
