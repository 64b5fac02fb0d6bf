// FROM a context that is a directory: all of its files are the first layer of the stage, as if copied to its root.
import { writeTar } from '../layer/tar-writer.ts';
import { contentParts } from './copy/content-key.ts';
import { planCopy } from './copy/plan.ts';
import { EMPTY_VIEW } from './copy/planned-tree.ts';
import type { CopyRequest } from './copy/request.ts';
import type { FileSource } from './file-view.ts';
import type { LayerWork } from './layer-work.ts';

/** `name` is that of the context. Throws what reading the files throws, and `cancelled`. */
export async function directoryWork(
  name: string,
  source: FileSource,
  signal: AbortSignal,
): Promise<LayerWork> {
  const request: CopyRequest = {
    sources: [{ source, paths: ['/'], keepsOwners: false, unpacks: false }],
    files: [],
    destination: '/',
    workingDir: '/',
    parents: false,
    exclude: [],
    link: false,
    // Nothing is made on the way: all that is there has a time of its own.
    createdSeconds: 0,
  };
  const warnings: string[] = [];
  return {
    // Of no file at all there is a layer, too: something has to name it.
    parts: [...(await contentParts(request, { signal })), { name: 'base', value: 'directory' }],
    // As BuildKit calls what it took from a client.
    createdBy: `local source for ${name}`,
    isToldByRow: false,
    warnings,
    make: async (io) => {
      const plan = await planCopy(request, EMPTY_VIEW, { signal: io.signal });
      warnings.push(...plan.warnings);
      return { tar: writeTar(plan.members), done: async () => undefined };
    },
  };
}
