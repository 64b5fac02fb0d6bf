// Where things lie in a store. The root is an OCI image layout; our own folders stand beside its files.
import { join } from 'node:path';
import { type Digest, digestAlgorithm, digestHex } from '../oci/digest.ts';

/** The content of `oci-layout`. */
export const LAYOUT = '{"imageLayoutVersion":"1.0.0"}';

export class StorePaths {
  readonly root: string;
  readonly layout: string;
  readonly index: string;
  readonly version: string;
  /** Shared while blobs are being added or read for long, exclusive for garbage collection. */
  readonly lock: string;
  /** Exclusive while index.json is rewritten. */
  readonly indexLock: string;
  readonly digestLocks: string;
  readonly blobs: string;
  readonly trees: string;
  readonly inflated: string;
  readonly temporary: string;
  /** Blobs that were fetched in part, by digest; written under the lock of their digest. */
  readonly downloads: string;
  readonly trash: string;
  /** Layers unpacked for overlay mounts: a cache. */
  readonly layers: string;
  readonly containers: string;
  readonly volumes: string;
  /** What builds remember: a cache. */
  readonly build: string;
  /** Results of steps of builds, by key. */
  readonly buildRecords: string;
  /** Blobs whose bytes are not those of their names. Never emptied by us: they may be of use to somebody. */
  readonly corrupt: string;

  constructor(root: string) {
    this.root = root;
    this.layout = join(root, 'oci-layout');
    this.index = join(root, 'index.json');
    this.version = join(root, 'version');
    this.lock = join(root, 'lock');
    this.indexLock = join(root, 'index.lock');
    this.digestLocks = join(root, 'locks');
    this.blobs = join(root, 'blobs');
    this.trees = join(root, 'trees');
    this.inflated = join(root, 'inflated');
    this.temporary = join(root, 'tmp');
    this.downloads = join(root, 'downloads');
    this.trash = join(root, 'trash');
    this.layers = join(root, 'layers');
    this.containers = join(root, 'containers');
    this.volumes = join(root, 'volumes');
    this.build = join(root, 'build');
    this.buildRecords = join(this.build, 'records');
    this.corrupt = join(root, 'corrupt');
  }

  blob(digest: Digest): string {
    return join(this.blobs, digestAlgorithm(digest), digestHex(digest));
  }
}
