// One file of an image as of a layer: text, bytes, or the difference to the version below. It stays on its path while
// the layers are stepped through.
import { readText } from '../../../analysis/text-content.ts';
import { type DiffLine, diffContents } from '../../../analysis/text-diff.ts';
import type { FileContent } from '../../../app/services.ts';
import { safeBytes } from '../../../lib/text.ts';
import { Reason } from '../../../tree/stack-index.ts';
import type { ActionId } from '../../keymap/actions.ts';
import type { KeyContext } from '../../keymap/resolve.ts';
import { reasonNames } from '../../present/reasons.ts';
import type { Screen, ScreenView, Viewport } from '../../screen.ts';
import type { StackScreen } from '../stack/stack-screen.ts';
import { FileActions } from './file-actions.ts';
import { fileScreenView } from './file-view.ts';
import { HexWindow } from './hex-window.ts';
import { type Highlighter, languageOf, loadHighlighter } from './highlight.ts';

export type FileBody =
  | { readonly kind: 'loading' }
  | { readonly kind: 'failed'; readonly error: unknown }
  | { readonly kind: 'absent' }
  | {
      readonly kind: 'text';
      readonly lines: readonly string[];
      readonly sizeBytes: number;
      readonly truncated: boolean;
    }
  | { readonly kind: 'hex'; readonly window: HexWindow }
  | { readonly kind: 'diff'; readonly lines: readonly DiffLine[] };

export class FileScreen implements Screen {
  readonly stack: StackScreen;
  readonly node: number;
  /** Safe to show. */
  readonly path: string;
  body: FileBody = { kind: 'loading' };
  asDiff: boolean;
  asHex = false;
  wrap = false;
  top = 0;
  left = 0;
  height = 20;
  highlighter: Highlighter | undefined;
  /** Lines that the find text is in, ascending. */
  matches: readonly number[] = [];
  /** The match that `n` goes on from. */
  match: number | undefined;
  private findText: string | undefined;
  private readonly actions: FileActions;
  private generation = 0;
  private closed = false;

  constructor(stack: StackScreen, node: number, asDiff: boolean) {
    this.stack = stack;
    this.node = node;
    this.asDiff = asDiff;
    this.path = `/${safeBytes(stack.files!.stack.pathBytes(node))}`;
    this.actions = new FileActions(this);
    this.load();
  }

  // ----------------------------------------------------------------- loading

  /** Shows the version of the layer that is selected now; an older load that is still under way counts no more. */
  load(): void {
    const generation = ++this.generation;
    void this.read().then(
      (body) => this.got(generation, body),
      (error: unknown) => this.got(generation, { kind: 'failed', error }),
    );
  }

  private got(generation: number, body: FileBody): void {
    if (this.closed || generation !== this.generation) return;
    this.body = body;
    this.find(this.findText);
    this.stack.host.changed();
  }

  private async read(): Promise<FileBody> {
    const files = this.stack.files!;
    const version = files.facts.versionOf(this.node);
    if (version < 0 || files.stack.isDirectory(version)) return { kind: 'absent' };
    if (this.asDiff) return { kind: 'diff', lines: await this.difference() };
    const content = await this.contentOf(version);
    if (this.asHex) return { kind: 'hex', window: this.hexWindow(content) };
    const text = await readText(content);
    if (text.kind === 'binary') return { kind: 'hex', window: this.hexWindow(content) };
    await this.prepareColours(text.lines[0] ?? '');
    return text;
  }

  private contentOf(version: number): Promise<FileContent> {
    const { layer, node } = this.stack.files!.stack.locateContent(version);
    return this.stack.image!.content(layer, node);
  }

  private hexWindow(content: FileContent): HexWindow {
    return new HexWindow(content, () => this.stack.host.changed());
  }

  private async prepareColours(firstLine: string): Promise<void> {
    const language = languageOf(this.path, firstLine);
    if (language !== undefined) this.highlighter ??= await loadHighlighter(language);
  }

  private async difference(): Promise<DiffLine[]> {
    const pair = this.stack.files!.facts.versionBelow(this.node);
    if (!pair)
      return [{ kind: 'note', text: 'no layer below has this file: there is nothing to compare with' }];
    const after = pair.after < 0 ? undefined : await this.contentOf(pair.after);
    const lines = await diffContents(await this.contentOf(pair.before), after);
    return lines.length > 0 ? lines : [sameContent(this.stack.files!.facts.reasonOf(this.node))];
  }

  // -------------------------------------------------------------------- keys

  keyContext(): KeyContext {
    const { files, image } = this.stack;
    const rows = image!.rows;
    const index = this.stack.layers!.selected?.index ?? 0;
    return {
      scope: 'file',
      facts: {
        item: true,
        file: this.body.kind !== 'absent',
        text: this.body.kind === 'text' || this.body.kind === 'diff',
        'upper-layer': rows.some((row) => row.index > index && row.layer !== undefined),
        'lower-layer': rows.some((row) => row.index < index && row.layer !== undefined),
        changes: files!.lens.delta.nodes.length > 0,
        'older-version': this.asDiff || this.stack.files!.facts.versionBelow(this.node) !== undefined,
        matches: this.matches.length > 0,
      },
    };
  }

  perform(action: ActionId): void {
    this.actions.perform(action);
    this.stack.host.changed();
  }

  get lineCount(): number {
    switch (this.body.kind) {
      case 'text':
      case 'diff':
        return this.body.lines.length;
      case 'hex':
        return this.body.window.rowCount;
      default:
        return 0;
    }
  }

  /** The last page is full, but for wrapped lines: nobody knows how many rows they take. */
  scrollTo(line: number): void {
    const last = this.lineCount - (this.wraps ? 1 : this.height);
    this.top = Math.max(0, Math.min(line, last));
  }

  get wraps(): boolean {
    return this.wrap && this.body.kind === 'text';
  }

  wheel(_pane: string, rows: number): void {
    this.scrollTo(this.top + rows);
    this.stack.host.changed();
  }

  stepBack(): boolean {
    if (this.findText === undefined) return false;
    this.find(undefined);
    return true;
  }

  // -------------------------------------------------------------------- find

  filter(text: string | undefined): void {
    this.find(text);
    if (text) this.nextMatch(1);
    this.stack.host.changed();
  }

  get filterText(): string | undefined {
    return this.findText;
  }

  private find(text: string | undefined): void {
    this.findText = text === '' ? undefined : text;
    this.matches = this.findText === undefined ? [] : this.linesWith(this.findText);
    this.match = undefined;
  }

  /** As in vim: a text in lower case ignores case. */
  private linesWith(text: string): number[] {
    if (this.body.kind !== 'text' && this.body.kind !== 'diff') return [];
    const fold = text === text.toLowerCase();
    const found: number[] = [];
    this.body.lines.forEach((line, index) => {
      const raw = typeof line === 'string' ? line : line.text;
      if ((fold ? raw.toLowerCase() : raw).includes(text)) found.push(index);
    });
    return found;
  }

  /** From the last match on, or from the top of the screen; round at the ends. */
  nextMatch(direction: 1 | -1): void {
    const { matches, match, top } = this;
    const next =
      direction > 0
        ? (matches.find((line) => (match === undefined ? line >= top : line > match)) ?? matches[0])
        : (matches.findLast((line) => line < (match ?? top)) ?? matches.at(-1));
    if (next === undefined) return;
    this.match = next;
    if (next < this.top || next >= this.top + this.height) this.scrollTo(next - (this.height >> 2));
  }

  view(viewport: Viewport): ScreenView {
    return fileScreenView(this, viewport);
  }

  close(): void {
    this.closed = true;
  }
}

function sameContent(reason: number): DiffLine {
  const others = reasonNames(reason & ~(Reason.content | Reason.contentUnknown));
  const what = others.length === 0 ? 'nothing else differs' : `what differs: ${others.join(', ')}`;
  return { kind: 'note', text: `the content is the same; ${what}` };
}
