// COPY and ADD, ready to be done: what they select, and the layer that it becomes.
import type { CopyInstruction } from '../dockerfile/instruction.ts';
import { textToRaw } from '../dockerfile/runes.ts';
import { writeTar } from '../layer/tar-writer.ts';
import type { BuildParts } from './build-parts.ts';
import type { KeyPart } from './cache-key.ts';
import { contentParts } from './copy/content-key.ts';
import { fetchUrl } from './copy/fetch-url.ts';
import { fetchedSource } from './copy/fetched-source.ts';
import { parseMode } from './copy/mode.ts';
import { type FoundOwner, resolveOwner } from './copy/owner.ts';
import { planCopy } from './copy/plan.ts';
import type { CopyRequest, CopySource, InlineFile } from './copy/request.ts';
import { sourceKind } from './copy/url.ts';
import type { Expander } from './expansion.ts';
import type { LayerWork, MadeLayer, WorkIo } from './layer-work.ts';
import { madeSeconds } from './made-time.ts';
import { parentPart } from './parent-part.ts';
import { readSmallFile } from './sources.ts';
import { type StageState, workingDirOf } from './stage-state.ts';

export interface CopyContext {
  readonly state: StageState;
  readonly build: BuildParts;
  readonly expander: Expander;
  readonly io: WorkIo;
}

/** Everything expanded, as history shows it. */
interface Expanded {
  readonly sources: readonly string[];
  readonly destination: string;
  readonly chown: string | undefined;
  readonly chmod: string | undefined;
  readonly checksum: string | undefined;
  readonly files: readonly InlineFile[];
}

type Request = Omit<CopyRequest, 'owner'>;

const MAX_USER_FILE_BYTES = 10 * 1024 * 1024;

/** Throws what selecting and loading throw. */
export async function copyWork(instruction: CopyInstruction, context: CopyContext): Promise<LayerWork> {
  const { state, build, io } = context;
  const expanded = expand(instruction, context.expander);
  const request: Request = {
    sources: await sourcesOf(instruction, expanded, context),
    files: expanded.files,
    destination: expanded.destination,
    workingDir: workingDirOf(state),
    mode: expanded.chmod === undefined ? undefined : parseMode(expanded.chmod),
    parents: instruction.parents,
    exclude: instruction.exclude,
    link: instruction.link,
    createdSeconds: madeSeconds(state, build),
  };
  const warnings: string[] = [];
  return {
    parts: [
      ...(await contentParts(request, { signal: io.signal })),
      ...shapeParts(instruction, expanded, request, state),
      ...loadedParts(request.sources),
    ],
    createdBy: historyOf(instruction, expanded),
    isToldByRow: false,
    warnings,
    make: (work) => make(request, expanded.chown, { ...context, io: work }, warnings),
  };
}

function expand(instruction: CopyInstruction, expander: Expander): Expanded {
  const optional = (text: string | undefined): string | undefined =>
    text === undefined ? undefined : expander.word(text);
  return {
    sources: instruction.sources.map((source) => expander.word(source)),
    destination: expander.word(instruction.destination),
    chown: optional(instruction.chown),
    chmod: optional(instruction.chmod),
    checksum: optional(instruction.checksum),
    files: instruction.heredocs.map(({ name, body, expand: isExpanded }) => ({
      name: isExpanded ? expander.word(name) : name,
      content: Buffer.from(isExpanded ? expander.heredoc(body) : body),
    })),
  };
}

async function sourcesOf(
  { keyword, from, unpack, range }: CopyInstruction,
  { sources, checksum }: Expanded,
  { state, build, io }: CopyContext,
): Promise<CopySource[]> {
  const paths = sources.filter((source) => keyword === 'COPY' || sourceKind(source) === 'path');
  const addresses = sources.filter((source) => !paths.includes(source));
  const found: CopySource[] = [];
  if (paths.length > 0) {
    const place =
      from === undefined
        ? { files: await build.sources.context(), keepsOwners: false }
        : await build.sources.named(from, state.platform, range);
    found.push({
      source: place.files,
      paths: paths,
      keepsOwners: place.keepsOwners,
      unpacks: keyword === 'ADD' && unpack !== false,
    });
  }
  for (const address of addresses) {
    const file = await fetchUrl(address, {
      folder: build.lease.directory,
      ...(checksum !== undefined && { checksum }),
      signal: io.signal,
      ...(io.onProgress && { onProgress: io.onProgress }),
    });
    found.push(fetchedSource(file, unpack === true));
  }
  return found;
}

/** Files from URLs have the time that the server says. */
function loadedParts(sources: readonly CopySource[]): KeyPart[] {
  return sources
    .filter(({ isLiteral }) => isLiteral)
    .flatMap(({ source, paths }) =>
      paths.map((path) => ({
        name: `time of ${path}`,
        value: String(source.lookup(textToRaw(path))?.mtimeSeconds),
      })),
    );
}

/** All that decides about the layer but contents. */
function shapeParts(
  { keyword, link, unpack, exclude, parents }: CopyInstruction,
  { destination, chown, chmod }: Expanded,
  { createdSeconds, workingDir }: Request,
  state: StageState,
): KeyPart[] {
  const flags = [link && 'link', parents && 'parents', unpack === undefined ? '' : `unpack=${unpack}`];
  return [
    {
      name: 'destination',
      value: destination.startsWith('/') ? destination : `${workingDir} ${destination}`,
    },
    ...(chown === undefined ? [] : [{ name: 'chown', value: chown }]),
    ...(chmod === undefined ? [] : [{ name: 'chmod', value: chmod }]),
    ...(exclude.length === 0 ? [] : [{ name: 'exclude', value: JSON.stringify(exclude) }]),
    { name: 'flags', value: [keyword, ...flags].filter(Boolean).join(' ') },
    { name: 'time of what is made', value: String(createdSeconds) },
    // A linked layer is the same on whatever it lies; names of owners are looked up below, though.
    ...(link && chmod === undefined && !/[^\d:]/.test(chown ?? '') ? [] : [parentPart(state)]),
  ];
}

async function make(
  request: Request,
  chown: string | undefined,
  { state, build, io }: CopyContext,
  warnings: string[],
): Promise<MadeLayer> {
  const files = await build.sources.files(state);
  const owner = chown === undefined ? undefined : await ownerOf(chown, files);
  const plan = await planCopy({ ...request, owner: owner?.owner }, files, { signal: io.signal });
  warnings.push(...(owner?.warnings ?? []), ...plan.warnings);
  return { tar: writeTar(plan.members), done: async () => undefined };
}

function ownerOf(
  chown: string,
  files: Awaited<ReturnType<BuildParts['sources']['files']>>,
): Promise<FoundOwner> {
  const read = async (path: string): Promise<Uint8Array> =>
    (await readSmallFile(files, path, MAX_USER_FILE_BYTES)) ?? new Uint8Array(0);
  return resolveOwner(chown, files, read);
}

/** Today's BuildKit: `COPY --chown=1:1 a b /to/ # buildkit`. */
function historyOf(
  { keyword, parents }: CopyInstruction,
  { sources, files, destination, chown, chmod }: Expanded,
): string {
  const words = [
    keyword,
    ...(parents ? ['--parents'] : []),
    ...(chown === undefined ? [] : [`--chown=${chown}`]),
    ...(chmod === undefined ? [] : [`--chmod=${chmod}`]),
    ...sources,
    ...files.map(({ name }) => `<<${name}`),
    destination,
  ];
  return `${words.join(' ')} # buildkit`;
}
