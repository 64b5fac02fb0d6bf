// ADD of a URL: the file is loaded into a folder, bounded and checked, and is then a source like others.
import { createHash } from 'node:crypto';
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { PhylloError, toPhylloError } from '../../lib/errors.ts';
import { writeFully } from '../../lib/files.ts';
import type { ReportProgress } from '../../lib/progress.ts';
import { type UrlPlace, followRedirects } from './http-get.ts';
import { fileNameOf, parseUrl, shownUrl } from './url.ts';

const DEFAULT_MAX_BYTES = 16 * 1024 ** 3;

export interface FetchOptions {
  /** Where the bytes go, under a name of ours. */
  readonly folder: string;
  /** `--checksum`: `sha256:` and 64 hex digits. */
  readonly checksum?: string | undefined;
  /** Default: 16 GiB. */
  readonly maxBytes?: number;
  /** Default: 30 seconds without a byte. */
  readonly stallMs?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: ReportProgress;
}

export interface FetchedFile {
  /** On this machine. */
  readonly path: string;
  /** What it is called, text; always a single plain name. */
  readonly name: string;
  readonly sizeBytes: number;
  /** sha256 of the bytes, hex. */
  readonly digest: string;
  /** Last-Modified; 0 where the server says nothing. */
  readonly mtimeSeconds: number;
}

/**
 * Throws `invalid-argument` for what is no http or https URL or no checksum, `unsupported` for git, `network` for what
 * goes wrong with the server, `digest-mismatch`, `limit-exceeded`, `cancelled`. Nothing is left in the folder then.
 */
export async function fetchUrl(text: string, options: FetchOptions): Promise<FetchedFile> {
  const url = parseUrl(text);
  const expected = options.checksum === undefined ? undefined : sha256Of(options.checksum);
  const stopped = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, stopped.signal]) : stopped.signal;
  const watch = new StallWatch(stopped, options.stallMs);
  const path = join(options.folder, `url-${createHash('sha256').update(url.href).digest('hex')}`);
  try {
    const place = await followRedirects(url, { signal, mayLeaveTls: expected !== undefined });
    const { sizeBytes, digest } = await save(place, path, url, { options, watch, signal });
    if (expected !== undefined && digest !== expected) throw mismatch(url, expected, digest);
    return { path, name: fileNameOf(url, place.headers), sizeBytes, digest, mtimeSeconds: modified(place) };
  } catch (error) {
    await rm(path, { force: true });
    throw fetchError(error, url, {
      isCancelled: options.signal?.aborted ?? false,
      isStalled: watch.isStalled,
    });
  } finally {
    watch.stop();
    stopped.abort();
  }
}

interface SaveContext {
  readonly options: FetchOptions;
  readonly watch: StallWatch;
  readonly signal: AbortSignal;
}

async function save(
  place: UrlPlace,
  path: string,
  url: URL,
  { options, watch, signal }: SaveContext,
): Promise<{ sizeBytes: number; digest: string }> {
  const maxBytes = options.maxBytes ?? DEFAULT_MAX_BYTES;
  const hasher = createHash('sha256');
  let sizeBytes = 0;
  await using file = await open(path, 'wx', 0o600);
  for await (const chunk of place.body) {
    signal.throwIfAborted();
    watch.moved();
    sizeBytes += chunk.length;
    if (sizeBytes > maxBytes) {
      throw new PhylloError('limit-exceeded', `load ${shownUrl(url)}: it is larger than ${maxBytes} bytes`);
    }
    hasher.update(chunk);
    await writeFully(file, chunk);
    options.onProgress?.({
      item: shownUrl(url),
      doneBytes: sizeBytes,
      ...(place.sizeBytes !== undefined && { totalBytes: place.sizeBytes }),
    });
  }
  return { sizeBytes, digest: hasher.digest('hex') };
}

/** Aborts when nothing has come for too long: a server can send a byte a minute for ever. */
class StallWatch {
  isStalled = false;
  private readonly timer: NodeJS.Timeout;

  constructor(stopped: AbortController, stallMs = 30_000) {
    this.timer = setTimeout(() => {
      this.isStalled = true;
      stopped.abort();
    }, stallMs);
  }

  moved(): void {
    this.timer.refresh();
  }

  stop(): void {
    clearTimeout(this.timer);
  }
}

function sha256Of(checksum: string): string {
  const match = /^sha256:([0-9a-f]{64})$/.exec(checksum);
  if (match) return match[1]!;
  throw new PhylloError('invalid-argument', 'read --checksum: it is not sha256: with 64 hex digits');
}

function modified({ headers }: UrlPlace): number {
  const time = Date.parse(headers.get('last-modified') ?? '');
  return Number.isNaN(time) ? 0 : Math.max(0, Math.floor(time / 1000));
}

function mismatch(url: URL, expected: string, found: string): PhylloError {
  return new PhylloError(
    'digest-mismatch',
    `load ${shownUrl(url)}: its bytes have the digest sha256:${found}`,
    {
      hint: 'The file is another one than --checksum says, or was tampered with.',
      data: { expected: `sha256:${expected}`, found: `sha256:${found}` },
    },
  );
}

function fetchError(
  error: unknown,
  url: URL,
  { isCancelled, isStalled }: { readonly isCancelled: boolean; readonly isStalled: boolean },
): PhylloError {
  const doing = `load ${shownUrl(url)}`;
  if (isCancelled) return new PhylloError('cancelled', `${doing}: cancelled`);
  if (isStalled) return new PhylloError('network', `${doing}: the server sends nothing any more`);
  return toPhylloError(error, doing);
}
