// The context of a Dockerfile that came alone: a root without anything in it.
import type { Readable } from 'node:stream';
import { EMPTY_ROOT, type FileSource } from '../file-view.ts';
import { noFile, notThere } from './table-view.ts';

export function emptyContext(): FileSource {
  const refuse = (path: string): never => {
    throw path === '' ? noFile(path) : notThere(path);
  };
  return {
    lookup: (path) => (path === '' ? EMPTY_ROOT : undefined),
    children: () => [],
    open: (path): Readable => refuse(path),
    digest: async (path): Promise<string> => refuse(path),
  };
}
