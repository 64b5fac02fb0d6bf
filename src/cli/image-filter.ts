// docker's filters of image lists.
import picomatch from 'picomatch';
import type { ImagesService, ImageSummary } from '../app/services.ts';
import { familiarName, parseReference } from '../oci/reference.ts';
import { usageError } from './usage.ts';

/** The names of an image that are listed; undefined for an image that is not. */
export type ImageFilter = (image: ImageSummary) => readonly string[] | undefined;

const KINDS = ['dangling', 'reference', 'label', 'before', 'since'];

/** `only` is the NAME argument. */
export async function parseFilters(
  filters: readonly string[],
  only: string | undefined,
  images: ImagesService,
): Promise<ImageFilter> {
  const parsed: ImageFilter[] = only === undefined ? [] : [byReference(only)];
  const patterns: string[] = [];
  for (const filter of filters) {
    const [, kind, value] = /^([a-z]+)=([^]*)$/.exec(filter) ?? [];
    if (kind === undefined || value === undefined || !KINDS.includes(kind)) throw unknownFilter(filter);
    if (kind === 'reference') patterns.push(value);
    else parsed.push(await parseFilter(kind, value, images));
  }
  // Several references widen the list, all other filters narrow it.
  if (patterns.length > 0) parsed.push(byReference(...patterns));
  return (image) => {
    let names: readonly string[] | undefined = image.names;
    for (const filter of parsed) names = names && filter({ ...image, names });
    return names;
  };
}

async function parseFilter(kind: string, value: string, images: ImagesService): Promise<ImageFilter> {
  switch (kind) {
    case 'dangling': {
      const wanted = ['true', '1'].includes(value);
      if (!wanted && !['false', '0'].includes(value)) throw unknownFilter(`dangling=${value}`);
      return when(({ names }) => (names.length === 0) === wanted);
    }
    case 'label': {
      const [key = '', expected] = value.split(/=(.*)/s);
      return when(
        ({ labels }) => Object.hasOwn(labels, key) && (expected === undefined || labels[key] === expected),
      );
    }
    default: {
      const { summary } = await images.get(value);
      const border = timeOf(summary);
      return when((image) => (kind === 'before' ? timeOf(image) < border : timeOf(image) > border));
    }
  }
}

function when(matches: (image: ImageSummary) => boolean): ImageFilter {
  return (image) => (matches(image) ? image.names : undefined);
}

function timeOf({ created }: ImageSummary): number {
  return Date.parse(created ?? '') || 0;
}

/** Names that match; an image of which none does is not listed. As in docker, `web` stands for every tag of it. */
function byReference(...patterns: readonly string[]): ImageFilter {
  const matchers = patterns.map((pattern) => picomatch(pattern, { nonegate: true, bash: false }));
  return ({ names }) => {
    const listed = names.filter((name) => {
      const repository = familiarName(parseReference(name));
      return matchers.some((matches) => matches(name) || matches(repository));
    });
    return listed.length > 0 ? listed : undefined;
  };
}

function unknownFilter(filter: string): Error {
  return usageError(
    'images',
    `${JSON.stringify(filter)} is no filter; there are ${KINDS.map((kind) => `${kind}=`).join(', ')}`,
  );
}
