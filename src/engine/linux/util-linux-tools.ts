// The programs of util-linux and coreutils that have to run after the root was entered: taking rights away comes last,
// and a program that the image brings must never run with them. They are copied, with their loader and libraries, to a
// folder that is mounted read-only in the container.
import { constants } from 'node:fs';
import { chmod, copyFile, mkdir, open, realpath } from 'node:fs/promises';
import { basename, delimiter, join } from 'node:path';
import { PhylloError, isSystemError, toPhylloError } from '../../lib/errors.ts';
import { runProgram } from '../../lib/run-program.ts';

/** Where the container has them; it can neither write there nor move the folder away. */
export const TOOLS_INSIDE = '/dev/.phyllo';
const LOADER = 'ld.so';

const INSIDE = ['env', 'setpriv', 'unshare'] as const;
export type InnerTool = (typeof INSIDE)[number];

const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
export const TOOLS_ENV = { PATH } as const;

/** The start of a command line that runs a tool in the container by its own loader. */
export function innerTool(name: InnerTool): string[] {
  return [`${TOOLS_INSIDE}/${LOADER}`, '--library-path', TOOLS_INSIDE, `${TOOLS_INSIDE}/${name}`];
}

/** Fills `folder`. Throws `engine-unavailable` when a tool is not there. */
export async function copyTools(folder: string): Promise<void> {
  await mkdir(folder, { mode: 0o755, recursive: true });
  const programs = await Promise.all(INSIDE.map(findProgram));
  const loader = await interpreter(programs[0]!);
  const libraries = new Set((await Promise.all(programs.map((path) => librariesOf(loader, path)))).flat());
  await Promise.all([
    copy(loader, join(folder, LOADER)),
    ...programs.map((path) => copy(path, join(folder, basename(path)))),
    ...[...libraries].map((path) => copy(path, join(folder, basename(path)))),
  ]);
}

async function copy(from: string, to: string): Promise<void> {
  await copyFile(await realpath(from), to, constants.COPYFILE_FICLONE);
  await chmod(to, 0o755);
}

async function findProgram(name: string): Promise<string> {
  for (const folder of PATH.split(delimiter)) {
    const path = join(folder, name);
    const there = await open(path, 'r').catch(() => undefined);
    await there?.close();
    if (there !== undefined) return path;
  }
  throw new PhylloError('engine-unavailable', `prepare util-linux: ${name} is not there`);
}

/** PT_INTERP of a 64-bit little-endian ELF file. */
async function interpreter(path: string): Promise<string> {
  await using file = await open(path, 'r');
  const { buffer, bytesRead } = await file.read(Buffer.alloc(4096), 0, 4096, 0);
  const head = buffer.subarray(0, bytesRead);
  const [start, size, count] = [
    Number(head.readBigUInt64LE(32)),
    head.readUInt16LE(54),
    head.readUInt16LE(56),
  ];
  for (let at = start; at < start + size * count && at + size <= head.length; at += size) {
    if (head.readUInt32LE(at) !== 3) continue;
    const [offset, length] = [Number(head.readBigUInt64LE(at + 8)), Number(head.readBigUInt64LE(at + 32))];
    return head.toString('utf8', offset, offset + length - 1);
  }
  throw new PhylloError('engine-unavailable', `prepare util-linux: ${path} has no loader`);
}

/** Both glibc's loader and musl's list what they would load. */
async function librariesOf(loader: string, program: string): Promise<string[]> {
  try {
    const { stdout } = await runProgram(loader, ['--list', program], { env: TOOLS_ENV });
    return [...stdout.matchAll(/=> (\/\S+) \(/g)].map(([, path]) => path!).filter((path) => path !== loader);
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) throw toPhylloError(error, `find loader ${loader}`);
    throw new PhylloError('engine-unavailable', `prepare util-linux: ${program} cannot be loaded`, {
      cause: error,
    });
  }
}
