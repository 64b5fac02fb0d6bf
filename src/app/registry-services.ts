// What the faces may ask for about registries. Types only.
import type { Digest } from '../oci/digest.ts';
import type { Platform } from '../oci/platform.ts';
import type { ReportLayer } from '../transport/layer-event.ts';
import type { RegistryContact } from './registry-access.ts';
import type { WorkOptions } from './services.ts';

export type { LayerEvent, LayerStatus, ReportLayer } from '../transport/layer-event.ts';

export interface TransferLayer {
  /** Of the blob. */
  readonly digest: Digest;
  /** Of the blob, as it goes over the wire. */
  readonly sizeBytes: number;
}

export interface TransferOptions extends WorkOptions, RegistryContact {
  readonly onLayer?: ReportLayer;
  /** Called when work on one name begins: the name in full, and what its repository is called in the registry. */
  readonly onName?: (name: string, repository: string) => void;
  /** Called when an image's layers are known, before the first of them is fetched or sent. */
  readonly onLayers?: (layers: readonly TransferLayer[]) => void;
}

export interface PullOptions extends TransferOptions {
  readonly platform?: Platform;
  readonly allTags?: boolean;
}

export interface PulledImage {
  /** In full: `docker.io/library/nginx:1.27`. */
  readonly reference: string;
  /** As docker shows it: `nginx:1.27`. */
  readonly name: string;
  /** Of the image. */
  readonly id: Digest;
  /** What the name points to in the registry: a manifest, or an index of several platforms. */
  readonly digest: Digest;
  /** The store had it before, under this name. */
  readonly wasCurrent: boolean;
}

export interface PushOptions extends TransferOptions {
  readonly allTags?: boolean;
}

export interface PushedImage {
  readonly reference: string;
  readonly name: string;
  readonly tag: string;
  /** Of the manifest, and its bytes. */
  readonly digest: Digest;
  readonly sizeBytes: number;
}

export interface Login {
  readonly host: string;
  readonly username: string;
  readonly password: string;
}

/** What a tag of a registry points to. Nothing of it is in the store yet. */
export interface TagSummary {
  /** Familiar: `nginx:1.27`. */
  readonly name: string;
  /** Of the manifest, or of the index of several platforms. */
  readonly digest: Digest;
  /** Safe to show only through `safeText`. */
  readonly platforms: readonly Platform[];
  /** For the platform that was asked for, else this machine's; undefined when there is none, or it is no image. */
  readonly image: TaggedImage | undefined;
}

export interface TaggedImage {
  readonly id: Digest;
  readonly platform: Platform;
  readonly created: string | undefined;
  /** Base first. `sizeBytes` is that of the blob. */
  readonly layers: readonly (TransferLayer & { readonly diffID: Digest })[];
}

/** A repository that is looked at: one connection for all questions. */
export interface OpenRepository {
  /** Sorted. */
  tags(options?: WorkOptions): Promise<string[]>;
  /** Two or three requests. `tag` may be a digest. */
  describe(tag: string, options?: WorkOptions & { platform?: Platform }): Promise<TagSummary>;
  close(): Promise<void>;
}

export interface RegistryService {
  /** Into the store. Throws `not-found`, `unauthorized`, `network`, `digest-mismatch`. */
  pull(reference: string, options?: PullOptions): Promise<PulledImage[]>;
  /** An image of the store, to where its name says. */
  push(reference: string, options?: PushOptions): Promise<PushedImage[]>;
  /** Checks the login with the registry, then saves it. Where it is kept, and whether as plain text. */
  login(login: Login, options?: WorkOptions & RegistryContact): Promise<{ where: string; isPlain: boolean }>;
  /** False when nobody was logged in. */
  logout(host: string): Promise<boolean>;
  /** Sorted. `repository` is a reference without a tag. */
  tags(repository: string, options?: WorkOptions & RegistryContact): Promise<string[]>;
  /** Repositories of a registry, sorted. Throws `unsupported` where it does not list them. */
  catalog(host: string, options?: WorkOptions & RegistryContact): Promise<string[]>;
  /** `repository` is a reference; its tag is not looked at. The caller closes it. */
  openRepository(repository: string, contact?: RegistryContact): OpenRepository;
}
