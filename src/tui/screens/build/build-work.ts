// What is done with a step: a shell in it, a name for it, its image as a stack, what changed since another one.
import type { OpenBuild } from '../../../app/build-services.ts';
import type { BuildStep, StepId } from '../../../build/build.ts';
import type { ResolvedImage } from '../../../oci/image.ts';
import { CompareScreen } from '../compare/compare-screen.ts';
import type { StackSource } from '../stack/stack-source.ts';
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
    screen.host.openStack(sourceOf(build, image, title));
  });
}

/** Where the later of the two stands on the earlier one, its stack with the changes since; else both side by side. */
export function compareSteps(screen: BuildScreen): void {
  const { build, here, marked, host } = screen;
  if (!build || !here || marked === undefined) return;
  const { steps } = build.session;
  perhaps(screen, async () => {
    const [other, mine] = await Promise.all([imageAfter(build, marked), imageAfter(build, here.id)]);
    if (!other || !mine) return host.say('one of the two steps has no image any more');
    const isLater = mine.config.diffIDs.length >= other.config.diffIDs.length;
    const [from, to] = isLater ? [other, mine] : [mine, other];
    const numbers = [stepNumber(steps, marked), stepNumber(steps, here.id)];
    if (isGrownFrom(to, from)) {
      const [first, last] = numbers.toSorted((a, b) => a - b);
      const title = `${screen.title} from step ${first} to ${last}`;
      host.openStack({ ...sourceOf(build, to, title), since: from.config.diffIDs.length - 1 });
    } else {
      const [a, b] = [
        sourceOf(build, other, `step ${numbers[0]}`),
        sourceOf(build, mine, `step ${numbers[1]}`),
      ];
      host.open(new CompareScreen(host, [a, b]));
    }
  });
}

/** Has layers of its own on all of the other's. */
function isGrownFrom({ config: { diffIDs } }: ResolvedImage, { config: below }: ResolvedImage): boolean {
  return (
    below.diffIDs.length < diffIDs.length && below.diffIDs.every((diffID, layer) => diffID === diffIDs[layer])
  );
}

function sourceOf(build: OpenBuild, image: ResolvedImage, title: string): StackSource {
  return { title, argument: image.id, crumb: 'build', open: async () => build.explore(image, title) };
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
