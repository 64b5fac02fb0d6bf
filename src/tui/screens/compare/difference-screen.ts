// How one file differs between the two stacks that are compared.
import type { DiffLine } from '../../../analysis/text-diff.ts';
import { diffContents } from '../../../analysis/text-diff.ts';
import type { FileContent } from '../../../app/services.ts';
import { NodeFlag, NodeType } from '../../../tree/layer-tree.ts';
import type { SquashView } from '../../../tree/squash-view.ts';
import { ABSENT } from '../../../tree/stack-index.ts';
import type { ActionId, Handlers } from '../../keymap/actions.ts';
import type { KeyContext } from '../../keymap/resolve.ts';
import { bodyBox } from '../../layout.ts';
import { reasonNames } from '../../present/reasons.ts';
import { innerHeight, innerWidth, paneView } from '../../present/pane.ts';
import type { Screen, ScreenView, Viewport } from '../../screen.ts';
import type { Theme } from '../../theme/theme.ts';
import { diffRows } from '../file/file-lines.ts';
import { errorRows } from '../stack/stack-view.ts';
import type { CompareScreen } from './compare-screen.ts';

/** Columns that a step sideways moves by. */
const SIDE_STEP = 8;

type DifferenceBody =
  | { readonly kind: 'loading' }
  | { readonly kind: 'failed'; readonly error: unknown }
  | { readonly kind: 'lines'; readonly lines: readonly DiffLine[] };

export class DifferenceScreen implements Screen {
  /** Safe to show. */
  readonly path: string;
  body: DifferenceBody = { kind: 'loading' };
  top = 0;
  left = 0;
  height = 20;
  readonly matches: readonly number[] = [];
  readonly match = undefined;
  private readonly compare: CompareScreen;
  private readonly index: number;
  private closed = false;

  /** `index` is that of a file that differs. */
  constructor(compare: CompareScreen, index: number) {
    this.compare = compare;
    this.index = index;
    this.path = compare.phase.kind === 'ready' ? compare.phase.files.path(index) : '';
    void this.read().then(
      (lines) => this.got({ kind: 'lines', lines }),
      (error: unknown) => this.got({ kind: 'failed', error }),
    );
  }

  private got(body: DifferenceBody): void {
    if (this.closed) return;
    this.body = body;
    this.compare.host.changed();
  }

  private async read(): Promise<readonly DiffLine[]> {
    const { phase } = this.compare;
    if (phase.kind !== 'ready') return [];
    const { a, b, nodesA, nodesB, reason } = phase.comparison.files;
    const before = await this.contentOf(0, a, nodesA[this.index]!);
    const after = await this.contentOf(1, b, nodesB[this.index]!);
    if (before === undefined && after === undefined)
      return [{ kind: 'note', text: `neither has content; ${whatDiffers(reason[this.index]!)}` }];
    const lines = await diffContents(before, after);
    if (lines.length > 0) return lines;
    return [{ kind: 'note', text: `the content is the same; ${whatDiffers(reason[this.index]!)}` }];
  }

  /** Undefined for what is not there, and for what has no content. */
  private async contentOf(
    side: 0 | 1,
    { stack, version }: SquashView,
    node: number,
  ): Promise<FileContent | undefined> {
    if (node === ABSENT) return undefined;
    const { layer, tree, node: entry } = stack.locateContent(version[node]!);
    const isFile = tree.type[entry] === NodeType.file && !tree.has(entry, NodeFlag.lowerTarget);
    return isFile ? this.compare.images![side].content(layer, entry) : undefined;
  }

  // -------------------------------------------------------------------- keys

  private get lines(): readonly DiffLine[] {
    return this.body.kind === 'lines' ? this.body.lines : [];
  }

  private get hunks(): number[] {
    return this.lines.flatMap(({ kind }, line) => (kind === 'hunk' ? [line] : []));
  }

  keyContext(): KeyContext {
    return { scope: 'difference', facts: { filter: false, matches: false, changes: this.hunks.length > 0 } };
  }

  perform(action: ActionId): void {
    this.handlers()[action]?.();
    this.compare.host.changed();
  }

  private handlers(): Handlers {
    const by = (rows: number) => (): void => this.scrollTo(this.top + rows);
    const page = Math.max(1, this.height - 1);
    const half = Math.max(1, this.height >> 1);
    return {
      'cursor.up': by(-1),
      'cursor.down': by(1),
      'page.down': by(page),
      'page.up': by(-page),
      'half.down': by(half),
      'half.up': by(-half),
      'cursor.first': () => this.scrollTo(0),
      'cursor.last': () => this.scrollTo(this.lines.length),
      'cursor.left': () => void (this.left = Math.max(0, this.left - SIDE_STEP)),
      'cursor.right': () => void (this.left += SIDE_STEP),
      'change.next': () => this.toHunk(this.hunks.find((line) => line > this.top)),
      'change.previous': () => this.toHunk(this.hunks.findLast((line) => line < this.top)),
      'item.copy': () => this.compare.host.copy(this.path),
    };
  }

  private toHunk(line: number | undefined): void {
    if (line !== undefined) this.scrollTo(line);
  }

  /** The last page is full. */
  private scrollTo(line: number): void {
    this.top = Math.max(0, Math.min(line, this.lines.length - this.height));
  }

  wheel(_pane: string, rows: number): void {
    this.scrollTo(this.top + rows);
    this.compare.host.changed();
  }

  view({ size, theme }: Viewport): ScreenView {
    const box = bodyBox(size);
    this.height = innerHeight(box);
    this.scrollTo(this.top);
    const [a, b] = this.compare.sources;
    const rows = this.rows(innerWidth(box), theme);
    const title = `${this.path}  from ${a.title} to ${b.title}`;
    const last = Math.min(this.lines.length, this.top + this.height);
    const place = this.lines.length > this.height ? `${this.top + 1}-${last} of ${this.lines.length}` : '';
    return {
      crumbs: [b.crumb ?? 'images', `${a.title} and ${b.title}`, this.path],
      summary: '',
      panes: [paneView({ id: 'difference', box, title, place, focused: true, rows }, theme)],
    };
  }

  private rows(width: number, theme: Theme): string[] {
    switch (this.body.kind) {
      case 'loading':
        return [' reading …'];
      case 'failed':
        return errorRows(this.body.error, width - 2, theme).map((row) => ` ${row}`);
      case 'lines':
        return diffRows(this, this.body.lines, width, theme);
    }
  }

  close(): void {
    this.closed = true;
  }
}

function whatDiffers(reason: number): string {
  const names = reasonNames(reason);
  return names.length === 0 ? 'only one side has it' : `what differs: ${names.join(', ')}`;
}
