// What the virtual engine cannot do for a container is refused when it is made, each with what can be done instead.
import { PhylloError } from '../../lib/errors.ts';
import type { ContainerSpec } from '../engine.ts';

const HINT = 'Use the linux or docker engine for it (--engine).';

/** Throws `unsupported`. */
export function checkSpec({ ports, mounts }: Pick<ContainerSpec, 'ports' | 'mounts'>): void {
  if (ports.length > 0) throw refused('publish ports: the virtual engine has no network');
  const [mount] = mounts;
  if (mount === undefined) return;
  if (mount.type === 'bind')
    throw refused('mount a directory of this machine: the virtual engine keeps to the image');
  throw refused(`mount a ${mount.type}: the virtual engine has no mounts`);
}

function refused(reason: string): PhylloError {
  return new PhylloError('unsupported', `create container: ${reason}`, { hint: HINT });
}
