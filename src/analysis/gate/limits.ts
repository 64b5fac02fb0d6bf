// Limits as dive's rules write them: ratios from 0 to 1, sizes such as 20MB, and words that switch a rule off.

const UNITS: Readonly<Record<string, number>> = { '': 1, b: 1 };
const PREFIXES = ['k', 'm', 'g', 't', 'p', 'e'];
const LONGEST = 100;

export function isSwitchedOff(text: string): boolean {
  return ['', 'disabled', 'off', 'false'].includes(text.trim().toLowerCase());
}

/** 0 to 1; undefined for anything else. */
export function parseRatio(text: string): number | undefined {
  const trimmed = text.trim();
  if (trimmed.length > LONGEST || !/^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(trimmed))
    return undefined;
  const ratio = Number(trimmed);
  return ratio >= 0 && ratio <= 1 ? ratio : undefined;
}

/** Whole bytes of `20MB` (1000), `20MiB` (1024), `1,024`; undefined for what is no size. Case does not matter. */
export function parseBytes(text: string): number | undefined {
  const [, number, unit] = /^\s*([\d.,]{1,40})\s*([a-z]{0,3})\s*$/i.exec(text.slice(0, LONGEST)) ?? [];
  const count = number?.replaceAll(',', '');
  if (count === undefined || !/^(?:\d+\.?\d*|\.\d+)$/.test(count)) return undefined;
  const factor = unitBytes(unit!.toLowerCase());
  const bytes = factor === undefined ? Number.NaN : Math.trunc(Number(count) * factor);
  return bytes < 2 ** 64 ? bytes : undefined;
}

function unitBytes(unit: string): number | undefined {
  const power = 1 + PREFIXES.indexOf(unit.slice(0, 1));
  if (power === 0 || unit === 'b') return UNITS[unit];
  const rest = unit.slice(1);
  if (rest === '' || rest === 'b') return 1000 ** power;
  return rest === 'i' || rest === 'ib' ? 1024 ** power : undefined;
}

/** As dive writes sizes: `13 kB`, `1.2 MB`, `9 B`. */
export function diveSizeText(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB', 'EB'];
  if (bytes < 10) return `${bytes} B`;
  const power = Math.min(Math.floor(Math.log(bytes) / Math.log(1000)), units.length - 1);
  const value = Math.floor((bytes / 1000 ** power) * 10 + 0.5) / 10;
  return `${value < 10 ? value.toFixed(1) : value.toFixed(0)} ${units[power]}`;
}
