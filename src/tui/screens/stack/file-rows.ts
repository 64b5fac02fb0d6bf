// Which paths the file pane shows, in which order. Plain loops over columns: a hundred thousand rows take a frame.
import type { SquashView } from '../../../tree/squash-view.ts';
import { ABSENT, type StackIndex, Status } from '../../../tree/stack-index.ts';
import { type FileLens, UNTOUCHED } from './file-lens.ts';
import { type ChildOrder, nodesOf, sortByWeight } from './file-order.ts';

export type FileMode = 'changes' | 'squashed' | 'flat';
export type FileOrder = 'name' | 'size';

export interface FileQuery {
  readonly mode: FileMode;
  readonly order: FileOrder;
  readonly reversed: boolean;
  /** By `Status`: whether such paths are shown. */
  readonly shown: readonly [unchanged: boolean, added: boolean, modified: boolean, removed: boolean];
  /** Path nodes that the filter found; undefined without a filter. */
  readonly matches: Int32Array | undefined;
}

/** What is open and what is not. */
export interface Expansion {
  /** By path node: 0 as `openDepth` says, 1 opened, 2 closed. */
  readonly byHand: Uint8Array;
  /** Directories above this depth are open by themselves. */
  readonly openDepth: number;
  /** Ancestors of the path that the cursor is to stay on: open unless closed by hand. */
  readonly revealed: ReadonlySet<number>;
}

export interface FileRows {
  /** Path nodes in the order of display. */
  readonly nodes: Int32Array;
  readonly isOpen: (row: number) => boolean;
}

const SELF = 1;
const INSIDE = 2;
export const OPENED = 1;
export const CLOSED = 2;
/** As many rows as this are opened without being asked. */
const COMFORTABLE_ROWS = 60;
/** Deeper than this, nothing opens by itself. */
const MAX_DEPTH = 64;

/** The shown paths as a mask: SELF for those that are meant, INSIDE for directories that lead to one. */
export function shownMask(view: SquashView, lens: FileLens, query: FileQuery): Uint8Array {
  const { stack, version } = view;
  const { touched } = lens;
  const mask = new Uint8Array(stack.count);
  const matched = query.matches && markAll(query.matches, stack.count);
  const whole = query.mode === 'squashed';
  const shown = Uint8Array.from(query.shown, Number);
  for (let node = 1; node < mask.length; node++) {
    const touch = touched[node]!;
    if (touch === UNTOUCHED && (!whole || version[node] === ABSENT)) continue;
    const status = touch === UNTOUCHED ? Status.unchanged : touch - 1;
    if (shown[status] === 0 || (matched && matched[node] === 0)) continue;
    // A directory that a layer has only to lead to what is new is shown where it does, and not for itself.
    if (!whole && status === Status.unchanged && view.isDirectory(node)) continue;
    mask[node] = SELF;
  }
  if (query.mode !== 'flat') markParents(stack, mask);
  return mask;
}

/** How many of the paths that a filter found are shown, in open directories or closed ones. */
export function countFound(mask: Uint8Array, matches: Int32Array): number {
  return matches.reduce((count, node) => count + (mask[node]! & SELF), 0);
}

function markAll(nodes: Int32Array, count: number): Uint8Array {
  const marks = new Uint8Array(count);
  for (const node of nodes) marks[node] = 1;
  return marks;
}

/** Parents have smaller numbers than their children. */
function markParents({ parent }: StackIndex, mask: Uint8Array): void {
  for (let node = mask.length - 1; node > 0; node--) {
    if (mask[node] !== 0) mask[parent[node]!]! |= INSIDE;
  }
}

/** The depth of every path; made once per stack. */
export function pathDepths(stack: StackIndex): Uint16Array {
  const depths = new Uint16Array(stack.count);
  for (let node = 1; node < stack.count; node++) {
    const parent = stack.parent[node]!;
    depths[node] = parent === 0 ? 0 : Math.min(0xffff, depths[parent]! + 1);
  }
  return depths;
}

/** The deepest level that can be open without more rows than one takes in at a glance. */
export function comfortableDepth(mask: Uint8Array, depths: Uint16Array): number {
  const perDepth = new Uint32Array(MAX_DEPTH);
  let deepest = 0;
  for (let node = 1; node < mask.length; node++) {
    if (mask[node] === 0) continue;
    const depth = depths[node]!;
    if (depth >= MAX_DEPTH) continue;
    perDepth[depth]!++;
    if (depth > deepest) deepest = depth;
  }
  let rows = perDepth[0]!;
  let depth = 0;
  while (depth < deepest && rows + perDepth[depth + 1]! <= COMFORTABLE_ROWS) rows += perDepth[++depth]!;
  return depth;
}

/** `order` where it is not that of the names. */
export function treeRows(
  stack: StackIndex,
  mask: Uint8Array,
  depths: Uint16Array,
  expansion: Expansion,
  order?: ChildOrder | 'reversed',
): FileRows {
  const nodes = new Int32Array(stack.count);
  let count = 0;
  // Children are put on the pile last first, so that they come off in order.
  const pile = new Int32Array(stack.count);
  const push = pusher(stack, mask, pile, order);
  let waiting = push(0, 0);
  while (waiting > 0) {
    const node = pile[--waiting]!;
    nodes[count++] = node;
    if ((mask[node]! & INSIDE) === 0 || !isOpen(node, depths[node]!, expansion)) continue;
    waiting = push(node, waiting);
  }
  const shown = nodes.subarray(0, count);
  return { nodes: shown, isOpen: (row) => isOpen(shown[row]!, depths[shown[row]!]!, expansion) };
}

/** Puts the shown children of a directory on the pile and returns its new height. */
function pusher(
  { childStart }: StackIndex,
  mask: Uint8Array,
  pile: Int32Array,
  order: ChildOrder | 'reversed' | undefined,
): (directory: number, height: number) => number {
  if (order === undefined) {
    return (directory, height) => {
      let top = height;
      const first = childStart[directory]!;
      for (let child = childStart[directory + 1]! - 1; child >= first; child--)
        if (mask[child] !== 0) pile[top++] = child;
      return top;
    };
  }
  if (order === 'reversed') {
    return (directory, height) => {
      let top = height;
      const end = childStart[directory + 1]!;
      for (let child = childStart[directory]!; child < end; child++)
        if (mask[child] !== 0) pile[top++] = child;
      return top;
    };
  }
  return (directory, height) => {
    let top = height;
    const first = childStart[directory]!;
    for (let at = first + order.counts[directory]! - 1; at >= first; at--) pile[top++] = order.nodes[at]!;
    return top;
  };
}

export function isOpen(node: number, depth: number, { byHand, openDepth, revealed }: Expansion): boolean {
  const hand = byHand[node];
  if (hand !== 0) return hand === OPENED;
  return depth < openDepth || revealed.has(node);
}

/** Everything that is meant, without its directories, by path. */
export function flatRowsByPath(stack: StackIndex, mask: Uint8Array, depths: Uint16Array): FileRows {
  const withParents = mask.slice();
  markParents(stack, withParents);
  const everything = { byHand: new Uint8Array(stack.count), openDepth: Number.POSITIVE_INFINITY };
  const { nodes } = treeRows(stack, withParents, depths, { ...everything, revealed: new Set() });
  const shown = nodes.filter((node) => (mask[node]! & SELF) !== 0);
  return { nodes: shown, isOpen: () => false };
}

/** Everything that is meant, without its directories, by weight. */
export function flatRowsByWeight(mask: Uint8Array, weights: Float64Array, lightestFirst: boolean): FileRows {
  return { nodes: sortByWeight(nodesOf(mask, SELF), weights, lightestFirst), isOpen: () => false };
}

export function hasShownChildren(mask: Uint8Array, node: number): boolean {
  return (mask[node]! & INSIDE) !== 0;
}
