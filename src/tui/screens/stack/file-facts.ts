// What there is to say about a path at the layer that is shown.
import { NodeType } from '../../../tree/layer-tree.ts';
import { type SquashView, contentBytes } from '../../../tree/squash-view.ts';
import { ABSENT, type StackIndex, Status } from '../../../tree/stack-index.ts';
import { FileLens } from './file-lens.ts';
import type { FileMode } from './file-rows.ts';

export class FileFacts {
  readonly view: SquashView;
  lens: FileLens;

  /** `since` where several layers are looked at as one. */
  constructor(view: SquashView, layer: number, since?: number) {
    this.view = view;
    this.lens = new FileLens(view.stack, layer, since);
  }

  get stack(): StackIndex {
    return this.view.stack;
  }

  /** False when that is shown already. */
  show(upto: number, layer: number, since = layer - 1): boolean {
    const isShown = this.lens.layer === layer && this.lens.since === Math.min(since, layer - 1);
    if (this.view.upto === upto && isShown) return false;
    this.view.moveTo(upto);
    this.lens = new FileLens(this.stack, layer, since);
    return true;
  }

  /** The version to describe: the one that is visible here, else the one that the layer removed. */
  versionOf(node: number): number {
    const version = this.view.version[node]!;
    if (version !== ABSENT || this.lens.layer < 0) return version;
    const index = this.lens.changeOf(node);
    return index < 0 ? ABSENT : this.lens.delta.before[index]!;
  }

  statusOf(node: number): Status {
    const touched = this.lens.touched[node]!;
    return (touched === 0 ? Status.unchanged : touched - 1) as Status;
  }

  reasonOf(node: number): number {
    if (this.statusOf(node) !== Status.modified) return 0;
    return this.lens.delta.reason[this.lens.changeOf(node)]!;
  }

  isDirectory(node: number): boolean {
    const version = this.versionOf(node);
    return version !== ABSENT && this.stack.isDirectory(version);
  }

  isRegular(node: number): boolean {
    const version = this.versionOf(node);
    if (version === ABSENT) return false;
    const { tree, node: entry } = this.stack.locateContent(version);
    return tree.type[entry] === NodeType.file;
  }

  /** The versions before and after of a path that the shown layer changed from a file; `after` may be ABSENT. */
  versionBelow(node: number): { before: number; after: number } | undefined {
    const { lens, stack } = this;
    const index = lens.changeOf(node);
    if (index < 0) return undefined;
    const before = lens.delta.before[index]!;
    const after = lens.delta.after[index]!;
    return before < 0 || stack.isDirectory(before) ? undefined : { before, after };
  }

  /** A directory's bytes are those of all that is below it, but in a list without directories. */
  bytesOf(node: number, mode: FileMode): number {
    const { lens, stack, view } = this;
    const version = this.versionOf(node);
    if (version === ABSENT) return lens.removedBytes[node]!;
    if (!stack.isDirectory(version)) return contentBytes(stack, version);
    if (mode === 'flat') return 0;
    if (this.statusOf(node) === Status.removed) return lens.removedBytes[node]!;
    if (mode === 'squashed') return view.sizeBytes[node]!;
    return lens.shippedBytes[node]! || lens.removedBytes[node]!;
  }

  /** What paths are sorted by, of those that are shown. */
  weights(mode: FileMode): Float64Array {
    if (mode === 'squashed') return this.view.sizeBytes;
    if (mode === 'flat') return this.lens.ownBytes;
    const { shippedBytes, removedBytes } = this.lens;
    return shippedBytes.map((bytes, node) => bytes + removedBytes[node]!);
  }
}
