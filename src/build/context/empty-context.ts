// The context of a Dockerfile that came alone: a root without anything in it.
import type { Readable } from 'node:stream';
import type { FileFacts, FileSource } from '../file-view.ts';
import { noFile, notThere } from './table-view.ts';

const ROOT: FileFacts = {
  type: 'dir',
  mode: 0o755,
  uid: 0,
  gid: 0,
  sizeBytes: 0,
  mtimeSeconds: 0,
  mtimeNanos: 0,
};

export function emptyContext(): FileSource {
  const refuse = (path: string): never => {
    throw path === '' ? noFile(path) : notThere(path);
  };
  return {
    lookup: (path) => (path === '' ? ROOT : undefined),
    children: () => [],
    open: (path): Readable => refuse(path),
    digest: async (path): Promise<string> => refuse(path),
  };
}
