// Taking over a Dockerfile that was edited meanwhile: what came before the first change stays as it is.
import { PhylloError, isPhylloError } from '../../../lib/errors.ts';
import type { Host } from '../../screen.ts';
import type { BuildScreen } from './build-screen.ts';
import { stepCount } from './build-steps.ts';

export function reloadDockerfile(screen: BuildScreen): void {
  const { build, host } = screen;
  if (!build) {
    // The one that could not be built may be better now.
    if (screen.phase.kind === 'failed') void screen.open();
    return;
  }
  host.work('reading the Dockerfile', async () => {
    const { session } = build;
    const source = await build.reread();
    screen.unread = undefined;
    if (source === session.dockerfile.source) return 'the Dockerfile is as it was';
    try {
      await session.edit(source);
    } catch (error) {
      screen.unread = error;
      throw withEditKey(error, host);
    }
    screen.goAlong();
    const next = session.steps[session.position];
    return next
      ? `read again: next is step ${stepCount(session.steps, next)}`
      : 'read again: nothing is left to run';
  });
}

function withEditKey(error: unknown, host: Pick<Host, 'keyLabel'>): unknown {
  const key = host.keyLabel('dockerfile.edit');
  if (!isPhylloError(error, 'invalid-dockerfile') || error.hint !== undefined || key === undefined)
    return error;
  const hint = `The build goes on with what it was before. ${key} edits the Dockerfile there.`;
  return new PhylloError(error.code, error.message, { hint, data: error.data, cause: error });
}
