// The Dockerfile in the user's own editor, at the line that is looked at. What the editor wrote is taken over as if it
// had been read again by key.
import { isPhylloError } from '../../../lib/errors.ts';
import type { BuildScreen } from './build-screen.ts';
import { placeOf } from './build-steps.ts';
import { wrongLine } from './failure.ts';
import { reloadDockerfile } from './reload.ts';

export async function editDockerfile(screen: BuildScreen): Promise<void> {
  const { host } = screen;
  const path = pathOf(screen);
  if (path === undefined) return host.say(reasonForNone(screen));
  try {
    await host.edit(path, lineToEdit(screen));
  } catch (error) {
    return host.fail(error);
  }
  if (!screen.isClosed) reloadDockerfile(screen);
}

function pathOf({ build, phase }: BuildScreen): string | undefined {
  if (build) return build.path;
  const known = phase.kind === 'failed' && isPhylloError(phase.error) ? phase.error.data['path'] : undefined;
  return typeof known === 'string' ? known : undefined;
}

function reasonForNone({ phase }: BuildScreen): string {
  return phase.kind === 'opening' ? 'the Dockerfile is still being read' : 'there is no Dockerfile to edit';
}

/** First what keeps the Dockerfile from being built: no step is worth a look before that is mended. */
function lineToEdit(screen: BuildScreen): number {
  const { phase, unread, focus, source, session, here } = screen;
  const wrong = wrongLine(phase.kind === 'failed' ? phase.error : unread);
  if (wrong !== undefined) return wrong;
  if (focus === 'source' || !session || !here) return source.line;
  return placeOf(session.steps, here).first;
}
