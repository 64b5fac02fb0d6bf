// What is done with a step: a shell in it, a name for it, its image as a stack, what changed since another one.
import type { OpenBuild } from '../../../app/build-services.ts';
import type { BuildStep, StepId } from '../../../build/build.ts';
import type { ResolvedImage } from '../../../oci/image.ts';
import { StackScreen } from '../stack/stack-screen.ts';
import type { BuildScreen } from './build-screen.ts';
import { stepCount, stepNumber } from './build-steps.ts';

/** A container at the step, opened with its terminal. */
export function openShell({ build, here, host }: BuildScreen, when: 'before' | 'after'): void {
  if (!build || !here) return;
  host.work(`making a container ${when} step ${stepNumber(build.session.steps, here.id)}`, async () => {
    const id = await build.shell(here.id, when);
    host.openContainer(await host.services.containers.get(id), 'start');
    return undefined;
  });
}

export function tagHere({ session, here, host }: BuildScreen): void {
  if (!session || !here) return;
  const step = `step ${stepCount(session.steps, here)}`;
  host.prompt({
    title: `name for the image at ${step}`,
    onAccept: (name) => {
      host.work('tagging', async () => `${await session.tag(here.id, name)} is ${step} now`);
    },
  });
}

export function openImageHere(screen: BuildScreen): void {
  const { build, here } = screen;
  if (!build || !here) return;
  const title = `${screen.title} at step ${stepCount(build.session.steps, here)}`;
  perhaps(screen, async () => {
    const image = await imageAfter(build, here.id);
    if (!image) return screen.host.say('there is no image at this step');
    openStack(screen, image, title);
  });
}

/** The later of the two as a stack, whose changes are those since the earlier one. */
export function compareSteps(screen: BuildScreen): void {
  const { build, here, marked, host } = screen;
  if (!build || !here || marked === undefined) return;
  const { steps } = build.session;
  perhaps(screen, async () => {
    const [other, mine] = await Promise.all([imageAfter(build, marked), imageAfter(build, here.id)]);
    if (!other || !mine) return host.say('one of the two steps has no image any more');
    const isLater = mine.config.diffIDs.length >= other.config.diffIDs.length;
    const [from, to] = isLater ? [other, mine] : [mine, other];
    const numbers = [stepNumber(steps, marked), stepNumber(steps, here.id)].sort((a, b) => a - b);
    const why = cannotCompare(from, to);
    if (why !== undefined) return host.say(why);
    openStack(
      screen,
      to,
      `${screen.title} from step ${numbers.join(' to ')}`,
      from.config.diffIDs.length - 1,
    );
  });
}

function cannotCompare(from: ResolvedImage, to: ResolvedImage): string | undefined {
  const [below, all] = [from.config.diffIDs, to.config.diffIDs];
  if (!below.every((diffID, layer) => diffID === all[layer]))
    return 'these steps stand on different layers: open both images and look';
  return below.length === all.length ? 'no file changed between these steps' : undefined;
}

function openStack({ host, build }: BuildScreen, image: ResolvedImage, title: string, since?: number): void {
  host.open(
    new StackScreen(host, {
      title,
      argument: image.id,
      crumb: 'build',
      ...(since !== undefined && { since }),
      open: async () => build!.explore(image, title),
    }),
  );
}

function imageAfter({ session }: OpenBuild, id: StepId): Promise<ResolvedImage | undefined> {
  const step = session.steps.find((one: BuildStep) => one.id === id);
  return step?.image ? Promise.resolve(step.image) : session.imageAt(id, 'after');
}

function perhaps({ host, isClosed }: BuildScreen, work: () => Promise<void>): void {
  void work().catch((error: unknown) => {
    if (!isClosed) host.fail(error);
  });
}
