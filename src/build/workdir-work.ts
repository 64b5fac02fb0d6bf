// WORKDIR: a directory that is not there is made, with those above it, owned by the user of the image.
import type { TarMember } from '../layer/tar-writer.ts';
import { writeTar } from '../layer/tar-writer.ts';
import { MAX_USER_FILE_BYTES, lookUpUser } from '../engine/user-lookup.ts';
import { PhylloError } from '../lib/errors.ts';
import { safeBytes } from '../lib/text.ts';
import type { BuildParts } from './build-parts.ts';
import type { LayerWork } from './layer-work.ts';
import { parentPart } from './parent-part.ts';
import { followed, readSmallFile } from './sources.ts';
import type { FileSource } from './file-view.ts';
import { type StageState, workingDirOf } from './stage-state.ts';

const MODE = 0o755;

/** `state` has the new working directory already. undefined for `/`, which makes no layer. */
export function workdirWork(
  state: StageState,
  { sources }: BuildParts,
  madeSeconds: number,
): LayerWork | undefined {
  const path = workingDirOf(state);
  if (path === '/') return undefined;
  const user = state.config.User ?? '';
  return {
    parts: [
      { name: 'directory', value: path },
      { name: 'user', value: user },
      { name: 'time of what is made', value: String(madeSeconds) },
      parentPart(state),
    ],
    createdBy: `WORKDIR ${path}`,
    warnings: [],
    isToldByRow: true,
    make: async () => {
      const files = await sources.files(state);
      const owner = await ownerOf(user, files);
      return { tar: writeTar(missing(files, path, { ...owner, madeSeconds })), done: async () => undefined };
    },
  };
}

async function ownerOf(user: string, files: FileSource): Promise<{ uid: number; gid: number }> {
  if (user === '') return { uid: 0, gid: 0 };
  const [passwd, group] = await Promise.all(
    ['etc/passwd', 'etc/group'].map((path) => readSmallFile(files, path, MAX_USER_FILE_BYTES)),
  );
  const { uid, gid } = lookUpUser(user, passwd, group);
  return { uid, gid };
}

function* missing(
  files: FileSource,
  path: string,
  { uid, gid, madeSeconds }: { uid: number; gid: number; madeSeconds: number },
): Generator<TarMember> {
  const names = Buffer.from(path).toString('latin1').split('/').filter(Boolean);
  let parent = '';
  let isThere = true;
  for (const name of names) {
    const at = parent === '' ? name : `${parent}/${name}`;
    const found: ReturnType<typeof followed> = isThere ? followed(files, at) : undefined;
    isThere = found !== undefined;
    parent = found?.path ?? at;
    if (found !== undefined && found.facts.type !== 'dir') throw notDirectory(parent);
    if (isThere) continue;
    yield {
      header: {
        path: Buffer.from(parent, 'latin1'),
        type: 'dir',
        mode: MODE,
        uid,
        gid,
        mtimeSeconds: madeSeconds,
      },
    };
  }
}

function notDirectory(path: string): PhylloError {
  return new PhylloError(
    'build-failed',
    `make directory /${safeBytes(Buffer.from(path, 'latin1'))}: there is something else of that name`,
  );
}
