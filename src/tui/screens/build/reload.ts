// Taking over a Dockerfile that was edited meanwhile: what came before the first change stays as it is.
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
    if (source === session.dockerfile.source) return 'the Dockerfile is as it was';
    await session.edit(source);
    screen.goAlong();
    const next = session.steps[session.position];
    return next
      ? `read again: next is step ${stepCount(session.steps, next)}`
      : 'read again: nothing is left to run';
  });
}
