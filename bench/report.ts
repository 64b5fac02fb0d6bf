// Results as rows of one Markdown table.
import { type Times, median, ratioOf } from './measure.ts';

export interface Row {
  readonly what: string;
  readonly measured: string;
  readonly floor: string;
  readonly ratio: string;
  readonly goal: string;
  readonly verdict: 'ok' | 'missed' | '';
}

export interface Comparison {
  readonly what: string;
  readonly product: string;
  readonly floor: string;
  /** How the floor is called in the table; default its name. */
  readonly floorLabel?: string;
  /** The largest ratio that is good enough. */
  readonly goal?: number;
}

/** A row for one product and one floor out of the same rounds. */
export function compareTimes(times: Times, { what, product, floor, floorLabel, goal }: Comparison): Row {
  const ours = times.get(product)!;
  const theirs = times.get(floor)!;
  const ratio = ratioOf(ours, theirs);
  return {
    what,
    measured: durationText(median(ours)),
    floor: `${floorLabel ?? floor}: ${durationText(median(theirs))}`,
    ratio: `${factor(ratio.median)} (min ${factor(ratio.ofMinima)})`,
    ...judged(ratio.median, goal, goal === undefined ? '' : `≤ ${goal}x`),
  };
}

export interface Figure {
  readonly what: string;
  readonly value: number;
  readonly unit: 'ms' | 'bytes' | 'us/entry' | 'B/node' | 'ms/100k';
  /** What the value stands beside, as text. */
  readonly beside?: string;
  readonly ratio?: string;
  readonly goal?: number;
}

/** A row for a figure that has a limit of its own. */
export function figureRow({ what, value, unit, beside = '', ratio = '', goal }: Figure): Row {
  const limit = goal === undefined ? '' : `≤ ${withUnit(goal, unit)}`;
  return { what, measured: withUnit(value, unit), floor: beside, ratio, ...judged(value, goal, limit) };
}

function judged(value: number, goal: number | undefined, text: string): Pick<Row, 'goal' | 'verdict'> {
  if (goal === undefined) return { goal: text, verdict: '' };
  return { goal: text, verdict: value <= goal ? 'ok' : 'missed' };
}

function withUnit(value: number, unit: Figure['unit']): string {
  if (unit === 'bytes') return byteText(value);
  if (unit === 'ms') return durationText(value);
  return `${Number(value.toPrecision(3))} ${unit}`;
}

export function durationText(ms: number): string {
  if (ms >= 1000) return `${(ms / 1000).toFixed(2)} s`;
  return ms >= 10 ? `${ms.toFixed(0)} ms` : `${Number(ms.toPrecision(2))} ms`;
}

export function byteText(bytes: number): string {
  if (bytes < 10_000) return `${Math.round(bytes)} B`;
  return bytes < 1e9 ? `${Math.round(bytes / 1e6)} MB` : `${(bytes / 1e9).toFixed(2)} GB`;
}

export function factor(ratio: number): string {
  return `${ratio < 0.1 ? ratio.toPrecision(2) : ratio.toFixed(2)}x`;
}

const HEADINGS: Row = {
  what: 'what',
  measured: 'measured',
  floor: 'beside',
  ratio: 'ratio',
  goal: 'goal',
  verdict: '',
};

/** Padded, so that it can be read as it is. */
export function markdownTable(rows: readonly Row[]): string {
  const cells = [HEADINGS, ...rows].map((row) =>
    Object.values(HEADINGS).map((_, column) => cellsOf(row)[column]!),
  );
  const widths = cells[0]!.map((_, column) => Math.max(3, ...cells.map((row) => row[column]!.length)));
  const lines = cells.map(
    (row) => `| ${row.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')} |`,
  );
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`;
  return [lines[0], rule, ...lines.slice(1)].join('\n');
}

function cellsOf({ what, measured, floor, ratio, goal, verdict }: Row): string[] {
  return [what, measured, floor, ratio, goal, verdict].map((cell) => cell.replaceAll('|', '\\|'));
}
