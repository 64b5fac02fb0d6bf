// Everything that instructions take files from: the context, stages, images, named contexts. Each is opened once.
import type { Readable } from 'node:stream';
import type { Range } from '../dockerfile/instruction.ts';
import type { Digest } from '../oci/digest.ts';
import type { Platform } from '../oci/platform.ts';
import type { BuildTools, OpenedStack } from './build-tools.ts';
import { StackSource } from './context/stack-source.ts';
import { resolvePath } from './copy/resolve.ts';
import { emptyContext } from './context/empty-context.ts';
import type { FileFacts, FileSource } from './file-view.ts';
import { type StageState, imageOf, imageState } from './stage-state.ts';
import { type PlannedStage, sourceNamed } from './stages.ts';

/** `--build-context`: a directory, already opened, or an image. */
export type NamedContext =
  | { readonly kind: 'files'; readonly files: () => Promise<FileSource> }
  | { readonly kind: 'image'; readonly reference: string };

export interface FoundSource {
  readonly files: FileSource;
  /** Owners count: it is a stage or an image. */
  readonly keepsOwners: boolean;
}

export interface SourceParts {
  readonly tools: Pick<BuildTools, 'open' | 'resolve'>;
  readonly stages: () => readonly PlannedStage[];
  /** Opened when the first instruction takes something from it. */
  readonly context: () => Promise<FileSource>;
  readonly contexts: ReadonlyMap<string, NamedContext>;
  /** The finished state of a stage. */
  readonly stage: (index: number) => Promise<StageState>;
}

export class BuildSources {
  private readonly parts: SourceParts;
  private readonly opened = new Map<string, Promise<{ files: StackSource; stack: OpenedStack }>>();

  constructor(parts: SourceParts) {
    this.parts = parts;
  }

  context(): Promise<FileSource> {
    return this.parts.context();
  }

  /** What `--from` names. */
  async named(name: string, platform: Platform, range: Range): Promise<FoundSource> {
    const { stages, contexts } = this.parts;
    const source = sourceNamed(name, stages(), new Set(contexts.keys()), range);
    switch (source.kind) {
      case 'scratch':
        return { files: emptyContext(), keepsOwners: true };
      case 'stage':
        return { files: await this.files(await this.parts.stage(source.index)), keepsOwners: true };
      case 'image':
        return this.image(source.reference, platform);
      case 'context': {
        const context = contexts.get(source.name)!;
        if (context.kind === 'image') return this.image(context.reference, platform);
        return { files: await context.files(), keepsOwners: false };
      }
    }
  }

  private async image(reference: string, platform: Platform): Promise<FoundSource> {
    const image = await this.parts.tools.resolve(reference, platform);
    return { files: await this.files(imageState(image)), keepsOwners: true };
  }

  /** The files of a stage as it is. */
  async files(state: StageState): Promise<FileSource> {
    if (state.diffIDs.length === 0) return emptyContext();
    const key = chainKey(state.diffIDs);
    const opening = this.opened.get(key) ?? this.open(state);
    this.opened.set(key, opening);
    return (await opening).files;
  }

  /** Raw paths that the newest layer of a stage added, changed or removed. */
  async changedPaths(state: StageState): Promise<string[]> {
    const stack = this.parts.tools.open(imageOf(state));
    try {
      const index = await stack.exact();
      const { nodes } = index.changes(index.layerCount - 1);
      return Array.from(nodes, (node) => Buffer.from(index.pathBytes(node)).toString('latin1'));
    } finally {
      await stack.close();
    }
  }

  private async open(state: StageState): Promise<{ files: StackSource; stack: OpenedStack }> {
    const stack = this.parts.tools.open(imageOf(state));
    try {
      const index = await stack.stack;
      return { files: new StackSource(index, (layer, node) => stack.content(layer, node)), stack };
    } catch (error) {
      await stack.close();
      throw error;
    }
  }

  async close(): Promise<void> {
    const opened = await Promise.allSettled(this.opened.values());
    const stacks = opened.flatMap((each) => (each.status === 'fulfilled' ? [each.value.stack] : []));
    await Promise.all(stacks.map((stack) => stack.close()));
  }
}

function chainKey(diffIDs: readonly Digest[]): string {
  return diffIDs.join(' ');
}

/** Reads a small file of a tree, links followed within it; undefined where there is no such file, or it is too large. */
export async function readSmallFile(
  files: FileSource,
  path: string,
  maxBytes: number,
): Promise<Buffer | undefined> {
  const found = followed(files, path);
  if (found?.facts.type !== 'file' || found.facts.sizeBytes > maxBytes) return undefined;
  const chunks: Buffer[] = [];
  for await (const chunk of files.open(found.path) as Readable) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** Where a raw path leads, links resolved below the root; undefined where nothing is there. */
export function followed(
  files: FileSource,
  path: string,
): { readonly path: string; readonly facts: FileFacts } | undefined {
  const at = resolvePath(files, path);
  const facts = files.lookup(at);
  return facts && { path: at, facts };
}
