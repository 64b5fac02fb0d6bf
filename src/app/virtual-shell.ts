// A simulated shell over any opened image, as of one of its layers: for looking around. Nothing of it is stored.
import { processConfig } from '../engine/process-spec.ts';
import type { Io, Session } from '../engine/io.ts';
import type { ExploredImage } from './services.ts';

export interface ShellRequest {
  /** The newest layer whose files are there; -1 for none. */
  readonly upto: number;
  /** Default: lines of the standard input. */
  readonly script?: string;
  readonly tty: boolean;
  readonly stdin: boolean;
}

const HOSTNAME = 'image';

/**
 * With the image's variables and working directory, as root: every file can be looked at. What it writes is thrown away
 * when it ends. Throws what reading the layers throws.
 */
export async function openImageShell(
  image: ExploredImage,
  { upto, script, tty, stdin }: ShellRequest,
  io: Io,
): Promise<Session> {
  const [stack, { openVirtualShell }] = await Promise.all([
    image.stack,
    import('../engine/virtual/virtual-shell.ts'),
  ]);
  const command = script === undefined ? ['sh'] : ['sh', '-c', script];
  const { process } = processConfig(image.config.config, {
    entrypoint: [''],
    command,
    tty,
    stdin,
    user: '0',
  });
  const open = (layer: number, node: number): ReturnType<ExploredImage['content']> =>
    image.content(layer, node);
  return openVirtualShell({ stack, open, upto, process, hostname: HOSTNAME }, io);
}
