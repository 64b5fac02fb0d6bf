// What there is to say about a path at the layer that is shown.
import { NodeType } from '../../../tree/layer-tree.ts';
import type { SquashView } from '../../../tree/squash-view.ts';
import { ABSENT, type StackIndex, Status } from '../../../tree/stack-index.ts';
import { FileLens } from './file-lens.ts';

export class FileFacts {
  readonly view: SquashView;
  lens: FileLens;

  constructor(view: SquashView, layer: number) {
    this.view = view;
    this.lens = new FileLens(view.stack, layer);
  }

  get stack(): StackIndex {
    return this.view.stack;
  }

  /** False when that is shown already. */
  show(upto: number, layer: number): boolean {
    if (this.view.upto === upto && this.lens.layer === layer) return false;
    this.view.moveTo(upto);
    this.lens = new FileLens(this.stack, layer);
    return true;
  }

  /** The version to describe: the one that is visible here, else the one that the layer removed. */
  versionOf(node: number): number {
    const version = this.view.version[node]!;
    if (version !== ABSENT || this.lens.layer < 0) return version;
    const index = this.stack.changeOf(this.lens.layer, node);
    return index < 0 ? ABSENT : this.lens.delta.before[index]!;
  }

  statusOf(node: number): Status {
    const touched = this.lens.touched[node]!;
    return (touched === 0 ? Status.unchanged : touched - 1) as Status;
  }

  reasonOf(node: number): number {
    if (this.statusOf(node) !== Status.modified) return 0;
    return this.lens.delta.reason[this.stack.changeOf(this.lens.layer, node)]!;
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
}
