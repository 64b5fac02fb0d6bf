// From an IMAGE argument to an opened source and the image to select in it.
import { tmpdir } from 'node:os';
import { PhylloError } from '../lib/errors.ts';
import { exists } from '../lib/files.ts';
import { safeText } from '../lib/text.ts';
import { parseReference } from '../oci/reference.ts';
import type { ImageStore } from '../store/store.ts';
import { type ImageArgument, parseImageArgument } from '../transport/argument.ts';
import { DockerDaemonSource } from '../transport/docker-daemon-source.ts';
import { openDockerArchive } from '../transport/docker-archive.ts';
import { openOciArchive, openOciDirectory } from '../transport/oci-layout.ts';
import { openPath } from '../transport/open-source.ts';
import { RegistrySource } from '../transport/registry-source.ts';
import { StoreSource } from '../transport/store-source.ts';
import type { ImageSource } from '../transport/transport.ts';
import type { Catalogue } from './catalogue.ts';
import type { EngineAccess } from './engine-access.ts';
import type { RegistryAccess } from './registry-access.ts';
import type { WorkOptions } from './services.ts';

export interface OpenedSource {
  readonly source: ImageSource;
  readonly select: string | undefined;
}

export class Sources {
  private readonly store: ImageStore;
  private readonly catalogue: Catalogue;
  private readonly access: RegistryAccess;
  private readonly engine: EngineAccess;

  constructor(store: ImageStore, catalogue: Catalogue, access: RegistryAccess, engine: EngineAccess) {
    this.access = access;
    this.engine = engine;
    this.store = store;
    this.catalogue = catalogue;
  }

  /** The caller closes the source. A name of the store wins over a file of the same name. */
  async open(text: string, options: WorkOptions = {}): Promise<OpenedSource> {
    const argument = await parseImageArgument(text, exists);
    if (argument.kind === 'store') {
      if (looksLikePath(text))
        throw new PhylloError('not-found', `open ${safeText(text)}: no such file or directory`);
      return this.openStored(argument.name);
    }
    if (argument.kind === 'path' && !looksLikePath(text)) {
      const stored = await this.openStored(text).catch(ignoreAbsent);
      if (stored) return stored;
    }
    return this.openFile(argument, options);
  }

  private async openStored(name: string): Promise<OpenedSource> {
    const { entry } = await this.catalogue.find(name);
    return { source: new StoreSource(this.store), select: entry.digest };
  }

  /** Nothing is stored. */
  private openRegistry(name: string, { signal }: WorkOptions): OpenedSource {
    const reference = parseReference(name);
    const options = { temporaryDirectory: tmpdir(), signal };
    return { source: new RegistrySource(this.access.client(), reference, options), select: undefined };
  }

  private async openEngine(name: string, { signal, onProgress }: WorkOptions): Promise<OpenedSource> {
    const openFolder = (): ReturnType<EngineAccess['openFolder']> => this.engine.openFolder();
    const source = new DockerDaemonSource(await this.engine.client(), { openFolder, signal, onProgress });
    return { source, select: name === '' ? undefined : name };
  }

  private async openFile(
    argument: Exclude<ImageArgument, { kind: 'store' }>,
    options: WorkOptions,
  ): Promise<OpenedSource> {
    const archiveOptions = { temporaryDirectory: tmpdir(), ...options };
    switch (argument.kind) {
      case 'registry':
        return this.openRegistry(argument.name, options);
      case 'docker-daemon':
        return this.openEngine(argument.name, options);
      case 'path':
        return { source: await openPath(argument.path, archiveOptions), select: undefined };
      case 'docker-archive':
        return { source: await openDockerArchive(argument.path, archiveOptions), select: argument.select };
      case 'oci-archive':
        return { source: await openOciArchive(argument.path, archiveOptions), select: argument.select };
      case 'oci-dir':
        return { source: await openOciDirectory(argument.path), select: argument.select };
    }
  }
}

function looksLikePath(text: string): boolean {
  return /^[./~]/.test(text);
}

function ignoreAbsent(error: unknown): undefined {
  if (error instanceof PhylloError && ['not-found', 'invalid-reference'].includes(error.code))
    return undefined;
  throw error;
}
