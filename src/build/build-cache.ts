// What was built before, on disk: `records/KEY` has a step's result with the parts of its key, `places/PLACE` the key that a
// place in a Dockerfile had last, for telling what changed there. All of it may be deleted at any time.
import { randomUUID } from 'node:crypto';
import { mkdir, readFile, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isSystemError, toPhylloError } from '../lib/errors.ts';
import { type Digest, digestOf, isDigest } from '../oci/digest.ts';
import { isJsonObject } from '../oci/json.ts';
import type { StorePaths } from '../store/paths.ts';
import type { CacheKey, KeyPart } from './cache-key.ts';

export interface BuildRecord {
  readonly parts: readonly KeyPart[];
  readonly layer: { readonly digest: Digest; readonly size: number };
  readonly diffID: Digest;
  /** RFC 3339. */
  readonly created: string;
}

const MAX_RECORD_BYTES = 64 * 1024 * 1024;

export class BuildCache {
  private readonly records: string;
  private readonly places: string;

  constructor({ build, buildRecords }: Pick<StorePaths, 'build' | 'buildRecords'>) {
    this.records = buildRecords;
    this.places = join(build, 'places');
  }

  /** undefined where there is none, or none that can be read. */
  async find(key: CacheKey): Promise<BuildRecord | undefined> {
    return readRecord(join(this.records, key));
  }

  async save(key: CacheKey, record: BuildRecord): Promise<void> {
    await writeWhole(this.records, key, JSON.stringify(record));
  }

  /** The parts that the place had when it was built last. */
  async lastParts(place: string): Promise<readonly KeyPart[] | undefined> {
    const path = join(this.places, placeName(place));
    const parts = parse(await readText(path));
    return Array.isArray(parts) && parts.every(isPart) ? parts : undefined;
  }

  async noteParts(place: string, parts: readonly KeyPart[]): Promise<void> {
    await writeWhole(this.places, placeName(place), JSON.stringify(parts));
  }

  async *list(): AsyncGenerator<BuildRecord> {
    for (const name of await namesIn(this.records)) {
      const record = await readRecord(join(this.records, name));
      if (record) yield record;
    }
  }

  async clear(): Promise<void> {
    await Promise.all([this.records, this.places].map((path) => rm(path, { recursive: true, force: true })));
  }
}

function placeName(place: string): string {
  return digestOf(place).slice('sha256:'.length);
}

async function readRecord(path: string): Promise<BuildRecord | undefined> {
  const value = parse(await readText(path));
  if (!isJsonObject(value) || !isJsonObject(value['layer'])) return undefined;
  const { parts, layer, diffID, created } = value as unknown as BuildRecord;
  const isWhole =
    Array.isArray(parts) &&
    parts.every(isPart) &&
    isDigest(layer.digest) &&
    Number.isSafeInteger(layer.size) &&
    isDigest(diffID) &&
    typeof created === 'string' &&
    !Number.isNaN(Date.parse(created));
  return isWhole ? { parts, layer: { digest: layer.digest, size: layer.size }, diffID, created } : undefined;
}

function isPart(value: unknown): value is KeyPart {
  return isJsonObject(value) && typeof value['name'] === 'string' && typeof value['value'] === 'string';
}

function parse(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** undefined for whatever cannot be read: then the step is built again. */
async function readText(path: string): Promise<string | undefined> {
  try {
    const facts = await stat(path);
    return facts.isFile() && facts.size <= MAX_RECORD_BYTES ? await readFile(path, 'utf8') : undefined;
  } catch {
    return undefined;
  }
}

/** Without those that are being written, or were when somebody was killed. */
async function namesIn(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch((error: unknown) => {
    if (isSystemError(error, 'ENOENT')) return [];
    throw toPhylloError(error, 'read build cache');
  });
  return names.filter((name) => !name.startsWith('.'));
}

/** Whole or not at all; a cache need not outlive a power cut, so nothing waits for the disk. */
async function writeWhole(folder: string, name: string, text: string): Promise<void> {
  const temporary = join(folder, `.${name}.${randomUUID()}`);
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await writeFile(temporary, text, { mode: 0o600 });
    await rename(temporary, join(folder, name));
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw toPhylloError(error, 'write build cache');
  }
}
