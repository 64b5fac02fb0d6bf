// A comparison as lines to read: layers, settings, packages, files, and what it comes to.
import type { ConfigDifference, ConfigValue } from '../analysis/compare-config.ts';
import { onlyTime } from '../analysis/compare-files.ts';
import type { Comparison } from '../analysis/compare.ts';
import { safeBytes, safeText } from '../lib/text.ts';
import { formatCount, formatSize } from '../lib/units.ts';
import { contentBytes, type SquashView } from '../tree/squash-view.ts';
import { ABSENT, type Status } from '../tree/stack-index.ts';
import type { Colours } from './colour.ts';
import { STATUS_NAMES, type StatusName, reasonNames } from './tree-entries.ts';

const LETTERS: Readonly<Record<StatusName, string>> = {
  added: 'A',
  modified: 'M',
  removed: 'D',
  unchanged: ' ',
};

/** `names` are those that the two sides were asked for by. */
export function* comparisonText(
  comparison: Comparison,
  names: readonly [a: string, b: string],
  colours: Colours,
): Generator<string> {
  yield layersLine(comparison, names);
  yield* section(
    'config',
    comparison.config.map((one) => configLine(one, colours)),
  );
  yield* section('packages', packageLines(comparison, colours));
  yield* section('files', fileLines(comparison, colours));
  for (const note of comparison.notes) yield `note: ${safeText(note)}`;
  yield* totalLines(comparison);
}

function* section(title: string, lines: Iterable<string>): Generator<string> {
  let isFirst = true;
  for (const line of lines) {
    if (isFirst) yield `${title}:`;
    isFirst = false;
    yield `  ${line}`;
  }
}

function layersLine({ layers, files }: Comparison, [a, b]: readonly [string, string]): string {
  const bytes = (view: SquashView, numbers: readonly number[]): string =>
    formatSize(
      numbers.reduce((sum, layer) => sum + view.stack.trees[layer]!.facts.contentBytes, 0),
      3,
    );
  const shared = layers.shared.map((pair) => pair.a);
  return [
    `layers: ${shared.length} shared (${bytes(files.a, shared)})`,
    `${layers.onlyA.length} only in ${safeText(a)} (${bytes(files.a, layers.onlyA)})`,
    `${layers.onlyB.length} only in ${safeText(b)} (${bytes(files.b, layers.onlyB)})`,
  ].join(', ');
}

function statusOf(one: { readonly a: unknown; readonly b: unknown }): 'added' | 'removed' | 'modified' {
  if (one.a === undefined) return 'added';
  return one.b === undefined ? 'removed' : 'modified';
}

function configLine({ field, a, b }: ConfigDifference, colours: Colours): string {
  const status = statusOf({ a, b });
  return `${colours[status](`${LETTERS[status]} ${safeText(field)}`)}  ${sides(valueText(a), valueText(b))}`;
}

function valueText(value: ConfigValue | undefined): string | undefined {
  if (value === undefined) return undefined;
  return safeText(typeof value === 'string' ? value : JSON.stringify(value));
}

function sides(a: string | undefined, b: string | undefined): string {
  return a === undefined || b === undefined ? (a ?? b ?? '') : `${a} -> ${b}`;
}

function* packageLines({ packages }: Comparison, colours: Colours): Generator<string> {
  for (const { kind, name, a, b } of packages) {
    const status = statusOf({ a, b });
    yield `${colours[status](`${LETTERS[status]} ${kind} ${safeText(name)}`)}  ${sides(a && safeText(a), b && safeText(b))}`;
  }
}

const SIZE_COLUMNS = 9;

/** `M     +12B  /etc/nginx.conf (content, mode)`. What differs in its time alone is only counted. */
function* fileLines({ files }: Comparison, colours: Colours): Generator<string> {
  const { a, b, nodesA, nodesB, status, reason } = files;
  for (let index = 0; index < status.length; index++) {
    if (onlyTime(files, index)) continue;
    const name = STATUS_NAMES[status[index] as Status];
    const [nodeA, nodeB] = [nodesA[index]!, nodesB[index]!];
    const view = nodeA === ABSENT ? b : a;
    const node = nodeA === ABSENT ? nodeB : nodeA;
    const path = `/${safeBytes(view.stack.pathBytes(node))}${view.isDirectory(node) ? '/' : ''}`;
    const growth = signedSize(bytesAt(b, nodeB) - bytesAt(a, nodeA)).padStart(SIZE_COLUMNS);
    const why = reason[index] === 0 ? '' : colours.dim(` (${reasonNames(reason[index]!).join(', ')})`);
    const paint = name === 'unchanged' ? (text: string) => text : colours[name];
    yield `${paint(LETTERS[name])} ${growth}  ${paint(path)}${why}`;
  }
}

function bytesAt({ stack, version }: SquashView, node: number): number {
  return node === ABSENT ? 0 : contentBytes(stack, version[node]!);
}

function signedSize(bytes: number): string {
  return `${bytes > 0 ? '+' : ''}${formatSize(bytes, 3)}`;
}

function* totalLines({ files, bytes, config, packages }: Comparison): Generator<string> {
  const counts = [0, 0, 0, 0];
  let times = 0;
  files.status.forEach((status, index) => {
    if (onlyTime(files, index)) times++;
    else counts[status]!++;
  });
  const [, added, modified, removed] = counts.map(formatCount);
  if (files.status.length + config.length + packages.length === 0) {
    yield 'no differences';
    return;
  }
  yield `${added} added (+${formatSize(bytes.added, 3)}), ${modified} modified, ${removed} removed (-${formatSize(bytes.removed, 3)})`;
  if (times > 0) yield `${formatCount(times)} more differ in their time alone`;
}
