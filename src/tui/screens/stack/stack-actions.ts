// What the keys of the stack screen do.
import { Status } from '../../../tree/stack-index.ts';
import { safeBytes } from '../../../lib/text.ts';
import type { ActionId, Handlers } from '../../keymap/actions.ts';
import { paneBeside } from '../../pane-order.ts';
import { FileScreen } from '../file/file-screen.ts';
import { saveImage, tagImage } from '../image-work.ts';
import { repositoryOf } from '../registry/registry-place.ts';
import { logInFor, pullImage, pullNamed, pushImage } from '../registry-work.ts';
import { runImage } from '../run-image.ts';
import { BloatScreen } from '../bloat/bloat-screen.ts';
import { showBlame } from './blame.ts';
import { extractFrom } from './extract.ts';
import { killerOf, makerOf } from './lives.ts';
import type { StackFocus, StackScreen } from './stack-screen.ts';
import { lent } from './stack-source.ts';

export class StackActions {
  private readonly screen: StackScreen;
  private readonly handlers: Handlers;

  constructor(screen: StackScreen) {
    this.screen = screen;
    this.handlers = { ...this.moving(), ...this.layering(), ...this.viewing(), ...this.working() };
  }

  perform(action: ActionId): void {
    this.handlers[action]?.();
  }

  // ------------------------------------------------------------------ moving

  private moving(): Handlers {
    const half = (): number => Math.max(1, this.height >> 1);
    const page = (): number => Math.max(1, this.height - 1);
    return {
      'cursor.up': () => this.moveBy(-1),
      'cursor.down': () => this.moveBy(1),
      'cursor.first': () => this.moveBy(Number.NEGATIVE_INFINITY),
      'cursor.last': () => this.moveBy(Number.POSITIVE_INFINITY),
      'cursor.left': () => this.left(),
      'cursor.right': () => this.right(),
      'page.down': () => this.pageBy(page()),
      'page.up': () => this.pageBy(-page()),
      'half.down': () => this.pageBy(half()),
      'half.up': () => this.pageBy(-half()),
      'pane.next': () => this.nextPane(1),
      'pane.previous': () => this.nextPane(-1),
      'item.open': () => this.open(),
      'parent.select': () => this.screen.files?.toParent(),
      'change.next': () => void this.screen.files?.nextChange(1),
      'change.previous': () => void this.screen.files?.nextChange(-1),
      'match.next': () => void this.screen.files?.nextMatch(1),
      'match.previous': () => void this.screen.files?.nextMatch(-1),
    };
  }

  private get height(): number {
    const { focus, layers, files } = this.screen;
    return (focus === 'files' ? files?.height : layers?.height) ?? 10;
  }

  private moveBy(rows: number): void {
    const { focus, layers, files } = this.screen;
    const by = Math.max(-1e9, Math.min(1e9, rows));
    if (focus === 'files') return files?.moveBy(by);
    if (focus === 'details') return void (this.screen.detailsTop = Math.max(0, this.screen.detailsTop + by));
    layers?.moveBy(by);
    this.screen.followLayer();
  }

  private pageBy(rows: number): void {
    const { focus, layers, files } = this.screen;
    if (focus === 'files') return files?.pageBy(rows);
    if (focus === 'details') return this.moveBy(rows);
    layers?.pageBy(rows);
    this.screen.followLayer();
  }

  private left(): void {
    const { focus, files } = this.screen;
    if (focus !== 'files') return;
    if (files?.close()) return;
    const isTop = files?.selected === undefined || files.stack.parent[files.selected] === 0;
    if (isTop || files.mode === 'flat') this.screen.focus = 'layers';
    else files.toParent();
  }

  private right(): void {
    const { focus, files } = this.screen;
    if (focus === 'layers') this.screen.focus = 'files';
    else if (focus === 'files') files?.open();
  }

  private nextPane(direction: 1 | -1): void {
    const panes: readonly StackFocus[] = this.screen.withDetails
      ? ['layers', 'files', 'details']
      : ['layers', 'files'];
    this.screen.focus = paneBeside(panes, this.screen.focus, direction);
  }

  // ------------------------------------------------------------------ opening

  private open(): void {
    const { focus, files } = this.screen;
    if (focus !== 'files') return void (this.screen.focus = 'files');
    const node = files?.selected;
    if (!files || node === undefined) return;
    const version = files.facts.versionOf(node);
    // A file in the place of a directory has rows below it too, those of what went.
    if (files.facts.isRegular(node)) return this.showFile(node, false);
    if (files.isDirectoryRow(files.place.cursor)) return void (files.open() || files.close());
    if (version < 0 || files.stack.isDirectory(version)) return;
    const { tree, node: entry } = files.stack.locate(version);
    const link = tree.linkBytes(entry);
    if (link.length > 0) this.followLink(node, link);
    else this.screen.host.say('a device or a pipe has no content');
  }

  private followLink(node: number, link: Uint8Array): void {
    const { stack } = this.screen.files!;
    const target = resolveLink(stack.pathBytes(stack.parent[node]!), link);
    const found = stack.find(target);
    const files = this.screen.files!;
    if (found <= 0 || !files.view.has(found))
      return this.screen.host.say(`${safeBytes(link)} is not there at this layer`);
    if (files.reveal(found)) return;
    this.screen.search.clear();
    files.setMode('squashed');
    if (!files.reveal(found)) this.screen.host.say(`${safeBytes(link)} is hidden; a m r u show it`);
  }

  private showFile(node: number, asDiff: boolean): void {
    this.screen.host.open(new FileScreen(this.screen, node, asDiff));
  }

  // ------------------------------------------------------------ layers, views

  private layering(): Handlers {
    const { screen } = this;
    return {
      'layer.next': () => void screen.stepLayer(1),
      'layer.previous': () => void screen.stepLayer(-1),
      'layers.focus': () => void (screen.focus = 'layers'),
      'files.focus': () => void (screen.focus = 'files'),
      'details.focus': () => {
        this.showDetails(true);
        screen.focus = 'details';
      },
      'metadata.toggle': () => {
        screen.layers?.toggleMetadata();
        screen.followLayer();
      },
      'changes.show': () => screen.files?.setMode('changes'),
      'squashed.show': () => screen.files?.setMode('squashed'),
      'flat.show': () => screen.files?.setMode('flat'),
      'added.toggle': () => screen.files?.toggle(Status.added),
      'modified.toggle': () => screen.files?.toggle(Status.modified),
      'removed.toggle': () => screen.files?.toggle(Status.removed),
      'unchanged.toggle': () => screen.files?.toggle(Status.unchanged),
      'tree.expand': () => screen.files?.openAllBelow(),
      'tree.collapse': () => screen.files?.closeAll(),
    };
  }

  private viewing(): Handlers {
    const { screen } = this;
    return {
      'details.toggle': () => this.toggleDetails(),
      'attributes.toggle': () => void (screen.withAttributes = !screen.withAttributes),
      'order.next': () => screen.files?.nextOrder(),
      'order.reverse': () => screen.files?.reverse(),
      'pane.zoom': () => void (screen.zoomed = !screen.zoomed),
      'item.copy': () => this.copy(),
    };
  }

  /** Where panes are tabs, details that are behind another tab are not shown yet. */
  private toggleDetails(): void {
    const { screen } = this;
    const isShown = screen.withDetails && (!screen.isOnePane || screen.focus === 'details');
    this.showDetails(!isShown);
    if (screen.isOnePane && !isShown) screen.focus = 'details';
  }

  private showDetails(shown: boolean): void {
    const { screen } = this;
    screen.withDetails = shown;
    screen.detailsTop = 0;
    if (shown) screen.compareContents();
    else if (screen.focus === 'details') screen.focus = screen.subject;
  }

  private copy(): void {
    const { screen } = this;
    const text = screen.subject === 'files' ? screen.selectedPath() : this.layerDigest();
    if (text !== undefined) screen.host.copy(text);
  }

  private layerDigest(): string | undefined {
    const { image, layers } = this.screen;
    const layer = layers?.selectedLayer;
    return layer === undefined ? image?.image.id : image?.layers[layer]?.digest;
  }

  // -------------------------------------------------------------------- work

  private working(): Handlers {
    const { screen } = this;
    return {
      'blame.show': () => {
        const node = screen.files?.selected;
        if (node !== undefined) showBlame(screen, node);
      },
      'diff.toggle': () => this.diff(),
      'killer.open': () => this.goToLayer(killerOf),
      'maker.open': () => this.goToLayer(makerOf),
      'bloat.open': () => {
        if (screen.image) screen.host.open(new BloatScreen(screen.host, lent(screen, screen.image)));
      },
      'entry.extract': () => {
        const node = screen.files?.selected;
        if (node !== undefined) extractFrom(screen, node);
      },
      'image.pull': () => pull(screen),
      'image.push': () => pushImage(screen.host, screen.argument),
      'registry.open': () => screen.host.askRegistry(repositoryOf(referenceOf(screen.argument))),
      'registry.login': () => logInFor(screen.host, referenceOf(screen.argument)),
      'item.name': () => tagImage(screen.host, screen.argument),
      'image.run': () => runImage(screen.host, screen.argument),
      'image.save': () => saveImage(screen.host, [screen.argument]),
    };
  }

  /** The cursor stays on its path. */
  private goToLayer(layerOf: typeof killerOf): void {
    const { files, layers } = this.screen;
    const node = files?.selected;
    const layer = files && node !== undefined ? layerOf(files, node) : undefined;
    if (layer === undefined || !layers!.selectLayer(layer)) return;
    this.screen.followLayer();
    files!.reveal(node!);
  }

  private diff(): void {
    const node = this.screen.files?.selected;
    if (node !== undefined) this.showFile(node, true);
  }
}

/** An image that is looked at in its registry is pulled as it is; else a name is asked for. */
function pull({ host, argument }: StackScreen): void {
  const name = referenceOf(argument);
  if (name === argument) pullImage(host);
  else pullNamed(host, { name });
}

/** Without the place that it is read from. */
function referenceOf(argument: string): string {
  return argument.replace(/^docker:\/\//, '');
}

const SLASH = 0x2f;

/** Where a link leads from a directory, as raw path bytes; links on the way are not followed. */
function resolveLink(directory: Uint8Array, link: Uint8Array): Uint8Array {
  const absolute = link[0] === SLASH;
  const text = (absolute ? '' : `${latin1(directory)}/`) + latin1(link);
  const parts: string[] = [];
  for (const part of text.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return Uint8Array.from(parts.join('/'), (character) => character.charCodeAt(0));
}

function latin1(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
}
