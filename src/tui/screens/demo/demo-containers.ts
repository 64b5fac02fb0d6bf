// The two containers of the demonstration: made of a sample image, kept running by a shell, gone when it is over.
import { PhylloError, isPhylloError } from '../../../lib/errors.ts';
import type { ContainersService, RunRequest } from '../../../app/container-services.ts';
import type { Container, EngineName } from '../../../engine/container.ts';
import type { Services } from '../../../app/services.ts';

/** Samples that were made for it: one with programs for engines that run them, one for the simulated shell. */
const REAL_SAMPLE = 'cow-busybox';
const SIMULATED_SAMPLE = 'cow';
const NAMES = ['cow-left', 'cow-right'] as const;

export interface DemoImage {
  readonly image: string;
  /** Undefined: the best that works. */
  readonly engine: EngineName | undefined;
}

export async function demoImage({ samples, containers }: Services): Promise<DemoImage> {
  const { chosen } = await containers.engines();
  const list = await samples.list();
  const real = chosen === 'virtual' ? undefined : list.find(({ name }) => name === REAL_SAMPLE);
  const sample = real ?? list.find(({ name }) => name === SIMULATED_SAMPLE);
  if (!sample)
    throw new PhylloError('not-found', 'start demo: its sample image is not offered here', {
      hint: 'Install phyllo again.',
    });
  const image = sample.present ? sample.image : await samples.make(sample.name);
  return { image, engine: real ? undefined : 'virtual' };
}

/** Both run. Nothing is left of them when that fails. */
export async function startPair(
  services: Services,
  { image, engine }: DemoImage,
): Promise<[Container, Container]> {
  const { containers } = services;
  const request: RunRequest = {
    image,
    ...(engine && { engine }),
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
    await removeAll(containers, [{ id }]);
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
