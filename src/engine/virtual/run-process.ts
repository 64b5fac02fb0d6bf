// Starts one process in a virtual container.
import type { ProcessSpec } from '../container.ts';
import { withHome, withHostname } from '../process-spec.ts';
import { toByteName } from './byte-names.ts';
import { idsOf } from './process-ids.ts';
import type { ProcessIo } from './process-io.ts';
import { ROOT } from './resolve.ts';
import { shellOf } from './find-program.ts';
import { startProgram } from './start-program.ts';
import type { VirtualFiles } from './virtual-files.ts';
import { type ProcessParts, VirtualProcess } from './virtual-process.ts';

/** Throws `not-found` (127), `invalid-argument` (126). A working directory that is not there is made, as runtimes do. */
export async function runProcess(
  files: VirtualFiles,
  asked: ProcessSpec,
  io: ProcessIo,
  others: Pick<ProcessParts, 'hostname' | 'size' | 'thread'>,
): Promise<VirtualProcess> {
  const ids = await idsOf(files, asked.user);
  const spec = withHome(withHostname(asked, others.hostname), ids.home);
  makeWorkingDirectory(files, spec.workingDir);
  const who = { uid: ids.uid, gid: ids.gid, groups: ids.additionalGids };
  const hasShell = shellOf(files, spec, who) !== undefined;
  const program = await startProgram(files, { spec, who, hasShell });
  return new VirtualProcess({ files, io, spec, ids, program, hasShell, ...others });
}

function makeWorkingDirectory(files: VirtualFiles, path: string): void {
  let at = '';
  for (const part of path.split('/').filter((name) => name !== '')) {
    at = `${at}/${part}`;
    try {
      files.stat(toByteName(at), ROOT, true);
    } catch {
      files.mkdir(toByteName(at), ROOT, 0o755);
    }
  }
}
