// What a build starts from: the text of the Dockerfile, and contexts that are opened when something is taken from them.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { NamedContext } from '../build/sources.ts';
import { type DirectoryContext, openDirectoryContext } from '../build/context/directory-context.ts';
import { emptyContext } from '../build/context/empty-context.ts';
import type { FoundText } from '../build/context/dockerfile-text.ts';
import { readDockerfile, readIgnore } from '../build/context/read-dockerfile.ts';
import { sniffStdin } from '../build/context/sniff-stdin.ts';
import { readDockerfileIn } from '../build/context/source-dockerfile.ts';
import { openTarContext } from '../build/context/tar-context.ts';
import type { FileSource } from '../build/file-view.ts';
import type { SecretSource } from '../build/build-parts.ts';
import { type IgnorePatterns, parseIgnore } from '../dockerfile/ignore.ts';
import { PhylloError, isSystemError, toPhylloError } from '../lib/errors.ts';
import { readAll } from '../lib/streams.ts';
import { safeText } from '../lib/text.ts';
import type { BuildRequest, BuildSecret } from './build-services.ts';

export interface BuildInput {
  /** Of the Dockerfile, for people; not yet safe to show. */
  readonly name: string;
  readonly source: string;
  /** Where the Dockerfile lies; undefined when it came by standard input or in an archive. */
  readonly path: string | undefined;
  /** Names the build from time to time. */
  readonly place: string;
  readonly context: () => Promise<FileSource>;
  /** To be called at the end: what was hashed is remembered. */
  readonly done: () => Promise<void>;
}

export interface InputPlaces {
  /** `$PHYLLO_ROOT/build`. */
  readonly build: string;
  /** For an archive that comes by standard input; removed with the build. */
  readonly unfinished: string;
}

export interface InputOptions {
  readonly signal: AbortSignal;
  readonly onWarning: (warning: string) => void;
  readonly onProgress: (progress: { files: number; bytes: number }) => void;
}

/** Throws `not-found`, `invalid-argument`, `path-escape`, `limit-exceeded`. */
export async function readInput(
  { context, file, stdin }: BuildRequest,
  places: InputPlaces,
  options: InputOptions,
): Promise<BuildInput> {
  if (context === '-' && file === '-') {
    throw new PhylloError('invalid-argument', 'build: standard input cannot be both context and Dockerfile');
  }
  if (context !== '-') return directoryInput(context, { file, stdin }, places, options);
  if (stdin === undefined) throw new PhylloError('invalid-argument', 'build -: there is no standard input');
  const { kind, input } = await sniffStdin(stdin);
  if (kind === 'dockerfile' && file === undefined) {
    const { name, data } = await readDockerfile({ stdin: input });
    return fixedInput(name, data, 'standard input', async () => emptyContext());
  }
  if (kind === 'dockerfile') {
    const { name, data } = await readDockerfile({ file: file! });
    return fixedInput(name, data, name, async () => emptyContext());
  }
  return archiveInput(input, file, places, options);
}

async function directoryInput(
  directory: string,
  { file, stdin }: Pick<BuildRequest, 'file' | 'stdin'>,
  { build }: InputPlaces,
  options: InputOptions,
): Promise<BuildInput> {
  const path = resolve(directory);
  await mustBeDirectory(path, directory);
  const { name, data, ignore } = await readDockerfile({
    context: directory,
    ...(file !== undefined && { file }),
    ...(stdin && file === '-' && { stdin }),
  });
  const patterns = ignore && parsedIgnore(ignore);
  const { open, done } = laterDirectory(path, build, options, async () => patterns);
  return {
    name,
    source: Buffer.from(data).toString(),
    path: name === '-' ? undefined : resolve(name),
    place: name === '-' ? `${path} -` : resolve(name),
    context: open,
    done,
  };
}

interface LaterDirectory {
  /** Listed when something is taken from it, once. */
  readonly open: () => Promise<DirectoryContext>;
  readonly done: () => Promise<void>;
}

/** `ignored` is asked right before it is listed; what it throws is thrown by `open`. */
function laterDirectory(
  path: string,
  build: string,
  options: InputOptions,
  ignored: () => Promise<IgnorePatterns | undefined>,
): LaterDirectory {
  const digestFile = join(build, 'digests', createHash('sha256').update(path).digest('hex'));
  let opening: Promise<DirectoryContext> | undefined;
  const open = async (): Promise<DirectoryContext> => {
    const ignore = await ignored();
    return openDirectoryContext(path, { ...options, digestFile, ...(ignore && { ignore }) });
  };
  return {
    open: () => (opening ??= open()),
    done: async () => (await opening?.catch(() => undefined))?.saveDigests(),
  };
}

function parsedIgnore({ name, data }: FoundText): IgnorePatterns {
  try {
    return parseIgnore(data);
  } catch (error) {
    const { code, message, hint, data: facts } = toPhylloError(error, 'read patterns');
    throw new PhylloError(code, `read ${safeText(name)}: ${message}`, { ...(hint && { hint }), data: facts });
  }
}

async function archiveInput(
  input: AsyncIterable<Uint8Array>,
  file: string | undefined,
  { unfinished }: InputPlaces,
  options: InputOptions,
): Promise<BuildInput> {
  const context = await openTarContext(input, { folder: unfinished, ...options });
  const { name, data, ignore } = await readDockerfileIn(context, file);
  const files = ignore ? await context.ignoring(parsedIgnore(ignore), options.signal) : context;
  return fixedInput(name, data, `archive ${name}`, async () => files);
}

function fixedInput(
  name: string,
  data: Uint8Array,
  place: string,
  context: () => Promise<FileSource>,
): BuildInput {
  const source = Buffer.from(data).toString();
  return { name, source, path: undefined, place, context, done: async () => undefined };
}

async function mustBeDirectory(path: string, asWritten: string): Promise<void> {
  const found = await stat(path).catch((error: unknown) => {
    if (isSystemError(error, 'ENOENT')) return undefined;
    throw toPhylloError(error, `read context ${safeText(asWritten)}`);
  });
  if (found?.isDirectory()) return;
  const isAddress = /^(?:https?:|git@|git:|github\.com\/|ssh:)/.test(asWritten);
  throw new PhylloError(
    isAddress ? 'unsupported' : found === undefined ? 'not-found' : 'invalid-argument',
    `read context ${safeText(asWritten)}: ${isAddress ? 'contexts are not fetched' : found === undefined ? 'there is no such directory' : 'it is no directory'}`,
    isAddress
      ? { hint: 'Clone or unpack it, and give the directory; or pipe a tar: phyllo build - < context.tar.' }
      : {},
  );
}

/** `--build-context`. */
export interface NamedContexts {
  readonly contexts: ReadonlyMap<string, NamedContext>;
  /** To be called at the end, as that of the input. */
  readonly done: () => Promise<void>;
}

/** Throws `invalid-argument`, `unsupported`. */
export function namedContexts(
  given: BuildRequest['contexts'],
  { build }: Pick<InputPlaces, 'build'>,
  options: InputOptions,
): NamedContexts {
  const contexts = new Map<string, NamedContext>();
  const directories: LaterDirectory[] = [];
  for (const [name, value] of given ?? []) {
    const image = imageNamed(value);
    if (image !== undefined) {
      contexts.set(name, { kind: 'image', reference: image });
      continue;
    }
    const path = resolve(value);
    const directory = laterDirectory(path, build, options, async () => {
      await mustBeDirectory(path, value);
      const ignore = readIgnore(value);
      return ignore && parsedIgnore(ignore);
    });
    directories.push(directory);
    contexts.set(name, { kind: 'files', files: directory.open });
  }
  return {
    contexts,
    done: async () => {
      // One after the other: two of them may be the same directory.
      for (const { done } of directories) await done();
    },
  };
}

/** undefined for what is a directory. */
function imageNamed(value: string): string | undefined {
  const image = /^docker-image:\/\/(.+)$/.exec(value)?.[1];
  if (image !== undefined || !/^[a-z-]+:\/\//.test(value)) return image;
  throw new PhylloError(
    'unsupported',
    `read context ${safeText(value)}: only directories and docker-image:// can be taken`,
  );
}

/** `--secret`; what is absent is told when a step wants it. */
export function secretSources(
  secrets: readonly BuildSecret[] | undefined,
  env: Readonly<Record<string, string | undefined>>,
): Map<string, SecretSource> {
  return new Map((secrets ?? []).map(({ id, source }) => [id, { read: () => readSecret(id, source, env) }]));
}

const MAX_SECRET_BYTES = 500 * 1024;

async function readSecret(
  id: string,
  source: BuildSecret['source'],
  env: Readonly<Record<string, string | undefined>>,
): Promise<Uint8Array> {
  const doing = `read secret ${safeText(id)}`;
  if ('env' in source) {
    const value = env[source.env];
    if (value !== undefined) return Buffer.from(value);
    throw new PhylloError('not-found', `${doing}: the variable ${safeText(source.env)} is not set`);
  }
  try {
    // Also a pipe of a shell; a device that never ends is given up soon.
    return await readAll(createReadStream(source.file), MAX_SECRET_BYTES, `secret ${safeText(id)}`);
  } catch (error) {
    throw toPhylloError(error, doing);
  }
}
