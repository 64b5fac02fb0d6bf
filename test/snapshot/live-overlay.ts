// A real overlay over real layers, changed by a shell alone in its mount namespace.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { OnEntry } from '../../src/layer/content-hasher.ts';
import { scanLayerStream } from '../../src/layer/scan.ts';
import { writeTar } from '../../src/layer/tar-writer.ts';
import type { LiveChange } from '../../src/snapshot/live-change.ts';
import type { LiveLayer } from '../../src/snapshot/live-layer.ts';
import { upperMembers } from '../../src/snapshot/upper-members.ts';
import { type LayerTree, NodeFlag, NodeType } from '../../src/tree/layer-tree.ts';
import { LayerTreeBuilder } from '../../src/tree/build.ts';
import { mergeLayers } from '../../src/tree/merge.ts';
import type { StackIndex } from '../../src/tree/stack-index.ts';
import { isRoot } from '../support/image-engines.ts';
import { needTool } from '../support/tools.ts';

/** Overlays are mounted by root here. */
export const canMount = needTool('unshare', 'mount') && isRoot;

export class Overlay {
  readonly base = mkdtempSync(join(tmpdir(), 'phyllo-overlay-'));
  readonly upper = this.folder('upper');
  readonly work = this.folder('work');
  readonly merged = this.folder('merged');
  /** Base first. */
  readonly layers: string[] = [];

  folder(name: string): string {
    const path = join(this.base, name);
    if (!existsSync(path)) mkdirSync(path, { recursive: true });
    return path;
  }

  /** The top one first. */
  get lowers(): string[] {
    return this.layers.toReversed();
  }

  /** One more layer: what `script` leaves in its working directory. */
  layer(script: string): this {
    const path = this.folder(`layer${this.layers.length}`);
    execFileSync('sh', ['-euc', script], { cwd: path, stdio: ['ignore', 'ignore', 'inherit'] });
    this.layers.push(path);
    return this;
  }

  /** One more layer, with whiteouts and opaque directories where `script` removes what those below it have. */
  upperLayer(script: string): this {
    const path = this.folder(`layer${this.layers.length}`);
    this.inside(script, path);
    this.layers.push(path);
    return this;
  }

  mountCommand(upper = this.upper): string {
    const work = this.folder(`work-${upper.replaceAll('/', '-')}`);
    return `mount -t overlay overlay -o lowerdir=${this.lowers.join(':')},upperdir=${upper},workdir=${work} ${this.merged}`;
  }

  /** Runs a script in the mounted overlay. Returns what it printed. */
  inside(script: string, upper = this.upper): string {
    const whole = `${this.mountCommand(upper)}; cd ${this.merged}; ${script}`;
    return execFileSync('unshare', ['-m', 'sh', '-euc', whole], {
      encoding: 'latin1',
      stdio: ['ignore', 'pipe', 'inherit'],
    });
  }

  async trees(): Promise<LayerTree[]> {
    return Promise.all(this.layers.map((layer) => treeOfLayer(layer)));
  }

  async stack(live: LiveLayer): Promise<StackIndex> {
    return mergeLayers([...(await this.trees()), live.tree]);
  }

  remove(): void {
    rmSync(this.base, { recursive: true, force: true });
  }
}

/** As scanning its tar would give it. */
export async function treeOfLayer(directory: string): Promise<LayerTree> {
  const builder = new LayerTreeBuilder();
  const onEntry: OnEntry = (entry, digest) => builder.add(entry, digest);
  const { uncompressedBytes } = await scanLayerStream(writeTar(upperMembers(directory)), {
    hashFiles: true,
    onEntry,
  });
  return builder.finish({ uncompressedBytes });
}

/** `copy-up etc/passwd 12/4096 from 0 (write)` for every change. */
export function changeLines(changes: readonly LiveChange[]): string[] {
  return changes.map(({ kind, path, sizeBytes, changedBytes, fromLayer, because, from, hiddenBytes }) =>
    [
      kind,
      text(path),
      `${changedBytes}/${sizeBytes}`,
      ...(from === undefined ? [] : [`was ${text(from)}`]),
      ...(hiddenBytes === undefined ? [] : [`hides ${hiddenBytes}`]),
      ...(fromLayer === undefined ? [] : [`from ${fromLayer}`]),
      ...(because === undefined ? [] : [`(${because})`]),
    ].join(' '),
  );
}

/** The entries of a live tree: `d/`, `d/f`, `- gone`, `d/!` for an opaque directory, `f = other name`. */
export function treeLines({ tree }: LiveLayer): string[] {
  const first = new Map<number, string>();
  return Array.from({ length: tree.count - 1 }, (_, index) => {
    const node = index + 1;
    const path = text(tree.pathBytes(node));
    if (tree.type[node] === NodeType.whiteout) return `- ${path}`;
    if (tree.type[node] === NodeType.dir) return `${path}/${tree.has(node, NodeFlag.opaque) ? '!' : ''}`;
    const known = first.get(tree.inode[node]!);
    first.set(tree.inode[node]!, known ?? path);
    return known === undefined ? path : `${path} = ${known}`;
  });
}

function text(path: Uint8Array): string {
  return Buffer.from(path).toString('latin1');
}
