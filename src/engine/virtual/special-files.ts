// /dev, /proc and the files that say who a virtual container is: there for its processes, never part of its R/W layer.
import { NodeType } from '../../tree/layer-tree.ts';
import { networkFiles } from '../linux/network-files.ts';
import { errnoOf } from './errno.ts';
import type { DeviceName } from './inode.ts';
import type { MergedTree } from './merged-tree.ts';
import { ROOT, resolvePlace } from './resolve.ts';
import { now } from './time.ts';

const DEVICES: Readonly<Record<string, readonly [DeviceName, number, number]>> = {
  null: ['null', 1, 3],
  zero: ['zero', 1, 5],
  full: ['full', 1, 7],
  random: ['random', 1, 8],
  urandom: ['random', 1, 9],
  tty: ['tty', 5, 0],
  stdin: ['stdin', 136, 0],
  stdout: ['stdout', 136, 0],
  stderr: ['stderr', 136, 0],
};

export const PROC_VERSION = 'Linux version 0.0 (simulated by phyllo)\n';

export function addSpecialFiles(tree: MergedTree, hostname: string): void {
  addDevices(tree);
  addProc(tree);
  addIdentity(tree, hostname);
}

function addDevices(tree: MergedTree): void {
  const dev = tree.mount('dev', 0o755);
  for (const [name, [device, major, minor]] of Object.entries(DEVICES)) {
    const body = { kind: 'device', device } as const;
    const made = { type: NodeType.char, mode: 0o666, uid: 0, gid: 0, device: [major, minor], body } as const;
    tree.addVolatile(dev, name, tree.makeInode(made, [0, 0]));
  }
  tree.addVolatile(
    dev,
    'shm',
    tree.makeInode({ type: NodeType.dir, mode: 0o1777, uid: 0, gid: 0 }, [0, 0]),
    new Map(),
  );
}

function addProc(tree: MergedTree): void {
  const proc = tree.mount('proc', 0o555);
  const text = (parent: typeof proc, name: string, content: string): void => {
    const body = { kind: 'made', text: content } as const;
    const made = { type: NodeType.file, mode: 0o444, uid: 0, gid: 0, body } as const;
    tree.addVolatile(parent, name, tree.makeInode(made, [0, 0]));
  };
  const self = tree.addVolatile(
    proc,
    'self',
    tree.makeInode({ type: NodeType.dir, mode: 0o555, uid: 0, gid: 0 }, [0, 0]),
    new Map(),
  );
  text(proc, 'version', PROC_VERSION);
  text(proc, 'mounts', MOUNTS);
  text(self, 'mounts', MOUNTS);
  text(self, 'status', 'Name:\tsh\nPid:\t1\n');
}

const MOUNTS = 'overlay / overlay rw 0 0\nproc /proc proc rw 0 0\ntmpfs /dev tmpfs rw 0 0\n';

/** As if mounted over what the image has. One without an /etc has none of them: to make it would be a change. */
function addIdentity(tree: MergedTree, hostname: string): void {
  const machine = { hosts: '', resolvConf: '' };
  const { hosts, resolvConf } = networkFiles({ hostname, mode: 'none', nameserver: undefined, machine });
  const texts = { hosts, hostname: `${hostname}\n`, 'resolv.conf': resolvConf };
  for (const [file, text] of Object.entries(texts)) {
    const place = placeOf(tree, `/etc/${file}`);
    if (place === undefined || place.name?.inode.type === NodeType.dir) continue;
    const body = { kind: 'made', text } as const;
    const sizeBytes = Buffer.byteLength(text);
    const made = { type: NodeType.file, mode: 0o644, uid: 0, gid: 0, body, sizeBytes } as const;
    tree.addVolatile(place.directory, place.last, tree.makeInode(made, now()));
  }
}

function placeOf(tree: MergedTree, path: string): ReturnType<typeof resolvePlace> | undefined {
  try {
    return resolvePlace(tree, path, ROOT, true);
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return undefined;
  }
}
