// The user's settings file: theme and keys. Wrong parts are reported and left out, never fatal.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isSystemError } from '../lib/errors.ts';
import { safeText } from '../lib/text.ts';
import { type JsonObject, isJsonObject } from '../oci/json.ts';
import type { Settings, ThemeName } from './services.ts';

type Environment = Readonly<Record<string, string | undefined>>;

const THEMES: readonly ThemeName[] = ['auto', 'dark', 'light', 'high-contrast', 'none'];

export function settingsPath(env: Environment): string {
  const home = env['XDG_CONFIG_HOME'] ?? join(env['HOME'] ?? '.', '.config');
  return env['PHYLLO_CONFIG'] ?? join(home, 'phyllo', 'config.json');
}

export function storeRoot(env: Environment): string {
  const home = env['XDG_DATA_HOME'] ?? join(env['HOME'] ?? '.', '.local', 'share');
  return env['PHYLLO_ROOT'] ?? join(home, 'phyllo');
}

export async function loadSettings(env: Environment): Promise<Settings> {
  const path = settingsPath(env);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    const warnings = isSystemError(error, 'ENOENT') ? [] : [`settings ${safeText(path)} could not be read`];
    return { theme: 'auto', mouse: false, keys: {}, warnings };
  }
  return parseSettings(text, safeText(path));
}

/**
 * `{"theme": "dark", "keys": {"layer.next": ["]", "w"]}, "registries": {"registry.lan:5000": {"insecure": true}}}`; `where`
 * names the file in warnings.
 */
export function parseSettings(text: string, where: string): Settings {
  const warnings: string[] = [];
  let value: JsonObject = {};
  try {
    const parsed: unknown = JSON.parse(text);
    if (isJsonObject(parsed)) value = parsed;
    else warnings.push(`${where}: expected a JSON object`);
  } catch {
    warnings.push(`${where}: it is not JSON`);
  }
  return {
    theme: parseTheme(value['theme'], where, warnings),
    mouse: parseMouse(value['mouse'], where, warnings),
    keys: parseKeys(value['keys'], where, warnings),
    insecureRegistries: parseRegistries(value['registries'], where, warnings),
    warnings,
  };
}

function parseTheme(value: unknown, where: string, warnings: string[]): ThemeName {
  if (value === undefined) return 'auto';
  const theme = THEMES.find((name) => name === value);
  if (theme === undefined) warnings.push(`${where}: theme must be one of ${THEMES.join(', ')}`);
  return theme ?? 'auto';
}

function parseMouse(value: unknown, where: string, warnings: string[]): boolean {
  if (value !== undefined && typeof value !== 'boolean')
    warnings.push(`${where}: mouse must be true or false`);
  return value === true;
}

/** Those that may be insecure. */
function parseRegistries(value: unknown, where: string, warnings: string[]): string[] {
  if (value === undefined) return [];
  const entries = Object.entries(isJsonObject(value) ? value : {});
  if (!isJsonObject(value) || entries.some(([, options]) => !isJsonObject(options)))
    warnings.push(`${where}: registries must be an object of hosts to objects such as {"insecure": true}`);
  return entries
    .filter(([, options]) => isJsonObject(options) && options['insecure'] === true)
    .map(([host]) => host);
}

function parseKeys(value: unknown, where: string, warnings: string[]): Record<string, readonly string[]> {
  if (value === undefined) return {};
  if (!isJsonObject(value)) {
    warnings.push(`${where}: keys must be an object of action ids to lists of keys`);
    return {};
  }
  const keys: Record<string, readonly string[]> = {};
  for (const [action, list] of Object.entries(value)) {
    const named = typeof list === 'string' ? [list] : list;
    if (Array.isArray(named) && named.every((key) => typeof key === 'string')) keys[action] = named;
    else warnings.push(`${where}: keys of ${safeText(action)} must be a list of key names`);
  }
  return keys;
}
