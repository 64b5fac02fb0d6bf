// Which place of `places.ts` each path belongs to: one pass over the paths, parents first.
import type { StackIndex } from '../../tree/stack-index.ts';
import { COPIED_LOG, LOG_SUFFIX, NAMES, PLACES, type Place } from './places.ts';

export interface Classified {
  /** For each path node 1 + the index into `places`, 0 for none. What is below a place belongs to it. */
  readonly placeOf: Uint8Array;
  readonly places: readonly Place[];
}

interface Step {
  readonly children: Map<string, Step>;
  place: number;
}

export function classifyPaths(stack: StackIndex): Classified {
  const numbers = new PlaceNumbers();
  const root = pathSteps(numbers);
  const names = new Map(Array.from(NAMES, ([name, place]) => [name, numbers.of(place)]));
  const copiedLog = numbers.of(COPIED_LOG);
  const mayBeNamed = prefilter(names.keys());
  const placeOf = new Uint8Array(stack.count);
  const steps = new Map<number, readonly Step[]>([[0, [root]]]);
  for (let node = 1; node < stack.count; node++) {
    const up = stack.parent[node]!;
    const inherited = placeOf[up]!;
    if (inherited !== 0) {
      placeOf[node] = inherited;
      continue;
    }
    const bytes = stack.nameBytes(node);
    const above = steps.get(up);
    if (above === undefined && !mayBeNamed(bytes) && !endsInLog(bytes)) continue;
    const name = latin1(bytes);
    const next =
      above?.flatMap(({ children }) => [children.get(name) ?? [], children.get('*') ?? []].flat()) ?? [];
    const place = names.get(name) ?? next.find((step) => step.place !== 0)?.place;
    if (place !== undefined) placeOf[node] = place;
    else if (next.length > 0) steps.set(node, next);
    else if (name.endsWith(LOG_SUFFIX)) placeOf[node] = copiedLog;
  }
  return { placeOf, places: numbers.places };
}

class PlaceNumbers {
  readonly places: Place[] = [];

  of(place: Place): number {
    const known = this.places.indexOf(place);
    return 1 + (known >= 0 ? known : this.places.push(place) - 1);
  }
}

function pathSteps(numbers: PlaceNumbers): Step {
  const root: Step = { children: new Map(), place: 0 };
  for (const [path, place] of PLACES) {
    let at = root;
    for (const name of path.split('/')) {
      const next = at.children.get(name) ?? { children: new Map<string, Step>(), place: 0 };
      at.children.set(name, next);
      at = next;
    }
    at.place = numbers.of(place);
  }
  return root;
}

/** Most names are ruled out by their length and first byte, without making a string of them. */
function prefilter(names: Iterable<string>): (bytes: Uint8Array) => boolean {
  const known = new Set(Array.from(names, (name) => name.length * 256 + name.charCodeAt(0)));
  return (bytes) => known.has(bytes.length * 256 + bytes[0]!);
}

const LOG_BYTES = Buffer.from(LOG_SUFFIX);

function endsInLog(bytes: Uint8Array): boolean {
  const start = bytes.length - LOG_BYTES.length;
  return start > 0 && LOG_BYTES.every((byte, at) => bytes[start + at] === byte);
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
}
