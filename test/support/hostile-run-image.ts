// An image that tries what images may try: a setuid program, names that are numbers, links in the place of what is
// mounted over, programs that would be run by a careless host.
import { readFileSync } from 'node:fs';
import type { RunImage } from '../../src/engine/engine.ts';
import { readAll } from '../../src/lib/streams.ts';
import { type TarMember, writeTar } from '../../src/layer/tar-writer.ts';
import { busyboxLayer, runImageOf } from './engine-images.ts';
import { layerOfTar } from './image-build.ts';

const MAX_LAYER_BYTES = 16 * 1024 * 1024;

/** Where a setuid busybox lies; its `su` asks root for no password. */
export const SETUID = '/suid/busybox';
const PASSWD = [
  'root::0:0:root:/root:/bin/sh',
  // Who asks for user 2000 must not become root.
  '2000:x:0:0::/:/bin/sh',
  // It is 0 in 32 bits.
  'wrapped:x:4294967296:0::/:/bin/sh',
  'app:x:1000:1000::/:/bin/sh',
  '',
].join('\n');
/** `/fdN` leads to descriptor N of whoever follows it. */
export const FDS = ['3', '5', '8', '11'];
/** Would be run by who copies with the container's programs. */
const TRAP = '#!/bin/sh\necho run > /ran\n';

/** `canary` is a folder of the machine; its blobs are files in `folder`. */
export async function hostileRunImage(folder: string, canary: string): Promise<RunImage> {
  const dir = (path: string): TarMember => ({
    header: { path: Buffer.from(path), type: 'dir', mode: 0o755 },
  });
  const file = (path: string, data: string | Buffer, mode = 0o755): TarMember => ({
    header: { path: Buffer.from(path), type: 'file', mode, sizeBytes: Buffer.byteLength(data) },
    body: [Buffer.from(data)],
  });
  const link = (path: string, to: string): TarMember => ({
    header: { path: Buffer.from(path), type: 'symlink', mode: 0o777, linkname: Buffer.from(to) },
  });
  const device = (path: string, type: 'block' | 'char', devMajor: number, devMinor: number): TarMember => ({
    header: { path: Buffer.from(path), type, mode: 0o666, devMajor, devMinor },
  });
  const members = [
    ...['suid', 'etc', 'dev', 'data', 'usr', 'usr/bin'].map(dir),
    file('suid/busybox', readFileSync('/bin/busybox'), 0o4755),
    file('etc/passwd', PASSWD, 0o644),
    file('etc/group', 'root:x:0:\n', 0o644),
    ...['null', 'console', 'shm', 'pts'].map((name) => link(`dev/${name}`, `${canary}/marker`)),
    link('etc/hosts', `${canary}/marker`),
    link('etc/resolv.conf', `../../../../../../..${canary}/made`),
    device('disk', 'block', 8, 0),
    device('memory', 'char', 1, 1),
    ...FDS.map((fd) => link(`fd${fd}`, `/proc/self/fd/${fd}`)),
    link('out', canary),
    link('up', `../../../../../../..${canary}`),
    ...['gzip', 'unpigz', 'unxz', 'tar', 'xz', 'zstd'].map((name) => file(`usr/bin/${name}`, TRAP)),
    file('self', '#!/proc/self/exe\n'),
  ];
  const layer = layerOfTar(await readAll(writeTar(members), MAX_LAYER_BYTES, 'layer'), 'plain');
  const env = ['PATH=/bin:/usr/bin'];
  return runImageOf(folder, [await busyboxLayer(), layer], { config: { Env: env }, name: 'hostile:1' });
}
