// What is looked into as a stack of layers: an image in any of its forms, or `container:ID`, a container of ours with its
// own layer on top.
import type { ExploredContainer } from '../app/container-services.ts';
import type { ExploredImage } from '../app/services.ts';
import { isPhylloError } from '../lib/errors.ts';
import type { StackIndex } from '../tree/stack-index.ts';
import type { Context } from './context.ts';
import { usageError } from './usage.ts';

const CONTAINER = 'container:';

/** Closed with the context. An image that is called `container` is meant where there is no such container. */
export async function openStack(
  context: Context,
  text: string,
  options: { readonly platform?: string },
): Promise<ExploredImage | ExploredContainer> {
  if (!text.startsWith(CONTAINER)) return context.open(text, options);
  const { containers } = await context.services();
  try {
    const { id } = await containers.get(text.slice(CONTAINER.length));
    return await context.openWith((work) => containers.open(id, work));
  } catch (error) {
    if (!isPhylloError(error, 'not-found')) throw error;
    return context.open(text, options).catch(() => {
      throw error;
    });
  }
}

/** The layer that an option names, the last one without it; -1 for a stack without layers. */
export function layerOf(verb: string, option: string, stack: StackIndex, wanted: number | undefined): number {
  const last = stack.layerCount - 1;
  if (wanted !== undefined && wanted > last) {
    const range = last < 0 ? 'the image has no layers' : `the layers are 0 to ${last}`;
    throw usageError(verb, `${option}: there is no layer ${wanted}; ${range}`);
  }
  return wanted ?? last;
}
