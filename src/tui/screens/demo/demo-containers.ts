// The two containers of the demonstration: made of a sample image, kept running by a shell, gone when it is over.
import { isPhylloError } from '../../../lib/errors.ts';
import type { ContainersService, RunRequest } from '../../../app/container-services.ts';
import type { Container } from '../../../engine/container.ts';
import type { Services } from '../../../app/services.ts';

/** The sample that was made for it; any other shows the same. */
const SAMPLE = 'cow-demo';
const NAMES = ['cow-left', 'cow-right'] as const;

export async function demoImage({ samples }: Services): Promise<string> {
  const list = await samples.list();
  const sample = list.find(({ name }) => name === SAMPLE) ?? list[0]!;
  return sample.present ? sample.image : samples.make(sample.name);
}

/** Both run. Nothing is left of them when that fails. */
export async function startPair(services: Services, image: string): Promise<[Container, Container]> {
  const { containers } = services;
  const request: RunRequest = {
    image,
    command: ['/bin/sh'],
    entrypoint: [],
    tty: true,
    stdin: true,
    network: 'none',
    labels: { 'phyllo.demo': 'cow' },
  };
  const left = await startOne(containers, { ...request, name: NAMES[0] });
  try {
    return [left, await startOne(containers, { ...request, name: NAMES[1], engine: left.engine })];
  } catch (error) {
    await removeAll(containers, [left]);
    throw error;
  }
}

async function startOne(containers: ContainersService, request: RunRequest): Promise<Container> {
  const id = await createNamed(containers, request);
  try {
    await containers.start(id);
  } catch (error) {
    await containers.remove(id, { force: true });
    // An image without a shell: the simulated one needs none.
    if (isPhylloError(error, 'not-found') && request.engine !== 'virtual')
      return startOne(containers, { ...request, engine: 'virtual' });
    throw error;
  }
  return containers.get(id);
}

/** A name that somebody has already is no reason to give up. */
async function createNamed(containers: ContainersService, request: RunRequest): Promise<string> {
  try {
    return await containers.create(request);
  } catch (error) {
    if (!isPhylloError(error, 'already-exists')) throw error;
    const { name: _, ...unnamed } = request;
    return containers.create(unnamed);
  }
}

export async function removeAll(
  containers: ContainersService,
  list: readonly Pick<Container, 'id'>[],
): Promise<void> {
  // One that is gone already is what was wanted.
  await Promise.allSettled(list.map(({ id }) => containers.remove(id, { force: true, volumes: true })));
}
