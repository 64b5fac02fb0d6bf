// What is on this machine, as far as files tell: cheap to look at, and enough to know whether what was tried out before
// still holds.
import { createHash } from 'node:crypto';
import { accessSync, constants, readFileSync, statSync } from 'node:fs';
import { release } from 'node:os';
import { delimiter, join } from 'node:path';

/** Programs that containers may need. */
export const TOOLS = [
  'unshare',
  'nsenter',
  'setpriv',
  'mount',
  'ip',
  'crun',
  'runc',
  'pasta',
  'slirp4netns',
  'newuidmap',
  'newgidmap',
] as const;

export type Tool = (typeof TOOLS)[number];

export interface ProbeFacts {
  readonly uid: number;
  readonly kernel: string;
  /** Absolute paths of those on PATH. */
  readonly tools: Readonly<Partial<Record<Tool, string>>>;
  /** May this user open /dev/net/tun? */
  readonly tun: boolean;
  /** Changes whenever something does that the answers depend on. */
  readonly fingerprint: string;
}

/** Of the meaning of what is tried and kept; a new one makes old records void. */
const VERSION = 1;
const SYSTEM_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const SETTINGS = [
  '/proc/sys/user/max_user_namespaces',
  '/proc/sys/kernel/unprivileged_userns_clone',
  '/proc/sys/kernel/apparmor_restrict_unprivileged_userns',
  '/proc/sys/kernel/random/boot_id',
];

/** Synchronous calls: each takes microseconds, and there are some hundred of them. */
export function probeFacts(path: string, uid: number): ProbeFacts {
  const tools: Partial<Record<Tool, string>> = {};
  const marks: string[] = [];
  for (const tool of TOOLS) {
    const found = findTool(tool, path);
    marks.push(`${tool} ${found?.mark ?? 'absent'}`);
    if (found !== undefined) tools[tool] = found.path;
  }
  for (const file of ['/etc/subuid', '/etc/subgid']) marks.push(`${file} ${markOf(file)}`);
  for (const file of SETTINGS) marks.push(`${file} ${read(file)}`);
  const tun = may('/dev/net/tun', constants.R_OK | constants.W_OK);
  const kernel = release();
  const all = [VERSION, uid, kernel, tun, ...marks].join('\n');
  return { uid, kernel, tools, tun, fingerprint: createHash('sha256').update(all).digest('hex') };
}

function findTool(name: string, path: string): { path: string; mark: string } | undefined {
  const folders = new Set(`${path}${delimiter}${SYSTEM_PATH}`.split(delimiter));
  for (const folder of folders) {
    if (!folder.startsWith('/')) continue;
    const place = join(folder, name);
    if (isFile(place) && may(place, constants.X_OK))
      return { path: place, mark: `${place} ${markOf(place)}` };
  }
  return undefined;
}

/** A folder of PATH may be a file, or not be ours to look into. */
function isFile(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
  } catch {
    return false;
  }
}

function may(path: string, mode: number): boolean {
  try {
    accessSync(path, mode);
    return true;
  } catch {
    return false;
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function markOf(path: string): string {
  const found = statSync(path, { throwIfNoEntry: false });
  return found === undefined ? 'absent' : `${found.mtimeMs} ${found.size} ${found.ino}`;
}
