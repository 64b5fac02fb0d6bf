// Advice about what is still visible in the image and need not be: package caches, histories of version control, build
// tools, logs, and what a build context should have left out.
import { displaySize } from '../../lib/units.ts';
import { ABSENT, type StackIndex } from '../../tree/stack-index.ts';
import { ALONE, Inodes, visibleVersions } from '../inodes.ts';
import type { AdviceContext, AdviceDraft } from './advice.ts';
import { type Classified, classifyPaths } from './classify.ts';
import { type WeighedNode, heaviestPlaces } from './heaviest.ts';
import type { Place } from './places.ts';

interface Leftover {
  readonly place: Place;
  /** Of the place, in `placeOf`. */
  readonly number: number;
  readonly maker: number;
  bytes: number;
  readonly files: WeighedNode[];
}

export function leftBehindAdvice(context: AdviceContext): AdviceDraft[] {
  const classified = classifyPaths(context.stack);
  return leftovers(context, classified)
    .filter(({ bytes }) => bytes >= context.leastBytes)
    .filter((leftover) => isAdvised(context, leftover))
    .map((leftover) => describe(context, leftover, classified));
}

/** Visible files in known places, by place and by the layer that ships them. */
function leftovers({ stack, baseLayers }: AdviceContext, classified: Classified): Leftover[] {
  const inodes = new Inodes(stack);
  const found = new Map<number, Leftover>();
  visibleVersions(stack).forEach((version, node) => {
    const number = version === ABSENT ? 0 : classified.placeOf[node]!;
    if (number === 0 || !isOnlyHere(stack, inodes, classified, version)) return;
    const bytes = inodes.bytesOf(version);
    const maker = bytes === 0 ? -1 : inodes.makerOf(version);
    if (maker < baseLayers) return;
    const key = maker * 256 + number;
    const place = classified.places[number - 1]!;
    const leftover = found.get(key) ?? { place, number, maker, bytes: 0, files: [] };
    leftover.bytes += bytes;
    leftover.files.push({ node, bytes });
    found.set(key, leftover);
  });
  return [...found.values()];
}

/** Of a file with several names the first counts, and only when all are in the same place. */
function isOnlyHere(stack: StackIndex, inodes: Inodes, { placeOf }: Classified, version: number): boolean {
  const group = inodes.groupOf(version);
  if (group === ALONE) return true;
  const members = stack.facts.linkGroups[group]!;
  const place = placeOf[stack.pathOf[version]!];
  return members[0] === version && members.every((member) => placeOf[stack.pathOf[member]!] === place);
}

function isAdvised(context: AdviceContext, { place, maker }: Leftover): boolean {
  const kind = context.kind(maker);
  if (kind === 'other' || (place.onlyFrom !== undefined && place.onlyFrom !== kind)) return false;
  return place.onlyAfter === undefined || place.onlyAfter(context.instruction(maker));
}

function describe(
  context: AdviceContext,
  { place, number, maker, bytes, files }: Leftover,
  { placeOf }: Classified,
): AdviceDraft {
  const { nodes, text } = heaviestPlaces(context.stack, files, (directory) => placeOf[directory] === number);
  return {
    kind: place.kind,
    problem: `${context.quote(maker)} ships ${displaySize(bytes)} of ${place.what} (${text}).`,
    change:
      context.kind(maker) === 'copy'
        ? `List ${text} in .dockerignore, or copy only what is needed.`
        : place.remedy,
    savedBytes: bytes,
    maker,
    killer: undefined,
    nodes,
  };
}
