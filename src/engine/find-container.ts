// Which container a name or ID means.
import { PhylloError } from '../lib/errors.ts';
import { safeText } from '../lib/text.ts';

interface Named {
  readonly id: string;
  readonly name: string;
}

const SHOWN = 5;

/** By whole ID, then name, then the start of an ID, as docker does. Throws `not-found`, `ambiguous`. */
export function findContainer<Found extends Named>(containers: readonly Found[], reference: string): Found {
  const exact =
    containers.find(({ id }) => id === reference) ??
    containers.find(({ name }) => name === reference.replace(/^\//, ''));
  if (exact) return exact;
  const matches = /^[0-9a-f]+$/.test(reference)
    ? containers.filter(({ id }) => id.startsWith(reference))
    : [];
  if (matches.length === 0) throw noContainer(reference);
  if (matches.length === 1) return matches[0]!;
  throw new PhylloError(
    'ambiguous',
    `find container ${reference}: ${matches.length} containers have an ID that begins so`,
    {
      hint: matches
        .slice(0, SHOWN)
        .map(({ id, name }) => `${id.slice(0, 12)} (${safeText(name)})`)
        .join(', '),
      data: { container: reference },
    },
  );
}

export function noContainer(reference: string): PhylloError {
  return new PhylloError('not-found', `find container ${safeText(reference)}: there is no such container`, {
    hint: 'See all with `phyllo ps -a`.',
    data: { container: reference },
  });
}
