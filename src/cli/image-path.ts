// PATH arguments: a path inside an image, symlinks followed as the image's own processes would, never out of its root.
import { PhylloError } from '../lib/errors.ts';
import { safeBytes } from '../lib/text.ts';
import { findChild, NodeType } from '../tree/layer-tree.ts';
import { SquashView } from '../tree/squash-view.ts';
import type { StackIndex } from '../tree/stack-index.ts';

const MAX_LINKS = 40;
const SLASH = 0x2f;

export interface FollowOptions {
  /** Prefix of the error, e.g. `cat`. */
  readonly verb: string;
  /** Whether a link at the end of the path is followed too; those before it always are. */
  readonly followLast: boolean;
}

/**
 * The path node at `text` as of the view. A name that is not UTF-8 is written as phyllo prints it (`\xff`).
 * Throws `not-found`.
 */
export function findInImage(view: SquashView, text: string, options: FollowOptions): number {
  const node = lookUp(view, text, options);
  if (node >= 0) return node;
  const isEarly = view.upto < view.stack.layerCount - 1;
  throw absent(text, options, isEarly ? 'It may come with a later layer: raise --upto.' : undefined);
}

/** The same for a path that was there at any layer: as the last layer that has it knows it. Throws `not-found`. */
export function findEver(stack: StackIndex, text: string, options: FollowOptions): number {
  const view = new SquashView(stack);
  for (let upto = view.upto; ; upto--) {
    view.moveTo(upto);
    const node = lookUp(view, text, options);
    if (node >= 0) return node;
    if (upto <= 0) throw absent(text, options, undefined);
  }
}

function lookUp(view: SquashView, text: string, { followLast }: FollowOptions): number {
  const literal = walk(view, Buffer.from(text), followLast);
  if (literal >= 0 || !text.includes('\\')) return literal;
  return walk(view, unescapeBytes(text), followLast);
}

function absent(text: string, { verb }: FollowOptions, hint: string | undefined): PhylloError {
  const path = safeBytes(Buffer.from(text.startsWith('/') ? text : `/${text}`));
  return new PhylloError('not-found', `${verb} ${path}: there is no such path in the image`, { hint });
}

function walk(view: SquashView, path: Uint8Array, followLast: boolean): number {
  const pending = components(path).reverse();
  const above: number[] = [];
  let node = 0;
  let links = 0;
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    if (name.length === 1 && name[0] === DOT) continue;
    if (name.length === 2 && name[0] === DOT && name[1] === DOT) {
      node = above.pop() ?? 0;
      continue;
    }
    const child = findChild(node, name, view.stack);
    if (child < 0 || !view.has(child)) return -1;
    const target = linkTarget(view, child);
    if (target === undefined || (pending.length === 0 && !followLast)) {
      above.push(node);
      node = child;
      continue;
    }
    if (++links > MAX_LINKS) return -1;
    if (target[0] === SLASH) {
      node = 0;
      above.length = 0;
    }
    pending.push(...components(target).reverse());
  }
  return node;
}

const DOT = 0x2e;

function linkTarget({ stack, version }: SquashView, node: number): Uint8Array | undefined {
  const { tree, node: entry } = stack.locate(version[node]!);
  return tree.type[entry] === NodeType.symlink ? tree.linkBytes(entry) : undefined;
}

function components(path: Uint8Array): Uint8Array[] {
  const parts: Uint8Array[] = [];
  for (let start = 0; start < path.length;) {
    const slash = path.indexOf(SLASH, start);
    const end = slash < 0 ? path.length : slash;
    if (end > start) parts.push(path.slice(start, end));
    start = end + 1;
  }
  return parts;
}

/** The bytes behind `escapeBytes`: `\xNN` and `\\`. */
function unescapeBytes(text: string): Uint8Array {
  const pieces = text.split(/(\\x[0-9a-f]{2}|\\\\)/);
  return Buffer.concat(
    pieces.map((piece) => {
      if (piece === '\\\\') return Buffer.from('\\');
      return /^\\x..$/.test(piece) ? Buffer.from(piece.slice(2), 'hex') : Buffer.from(piece);
    }),
  );
}
