// The files below a match that a COPY takes, each directory before what is in it, names sorted by bytes.
import type { IgnoreState } from '../../dockerfile/ignore.ts';
import type { FileFacts } from '../file-view.ts';
import { joinPath } from './raw-path.ts';
import { type Match, type Selection, notThere } from './select.ts';

export interface Walked {
  /** Within the match; '' is the match itself. */
  readonly relative: string;
  /** In the source. */
  readonly path: string;
  readonly facts: FileFacts;
  /** A directory that is not taken for itself, only for something in it. */
  readonly isOnWay: boolean;
}

interface Level {
  readonly entry: Walked;
  readonly include: IgnoreState | undefined;
  readonly exclude: IgnoreState | undefined;
  /** Still to be visited, the next one last. */
  readonly left: string[];
  isGiven: boolean;
}

/** The match itself comes first, whatever the patterns say. Throws `not-found` where nothing of what is required is there. */
export function* walkMatch(selection: Selection, match: Match): Generator<Walked> {
  const { from, include, exclude, required } = selection;
  const { source } = from;
  const top: Walked = { relative: '', path: match.place, facts: match.facts, isOnWay: false };
  yield top;
  if (match.facts.type !== 'dir') return;
  let isMet = include === undefined;
  const namesIn = (path: string): string[] => [...source.children(path)].reverse();
  // No recursion: trees may be thousands of levels deep.
  const levels: Level[] = [
    { entry: top, include: include?.root, exclude: exclude?.root, left: namesIn(match.place), isGiven: true },
  ];
  while (levels.length > 0) {
    const level = levels.at(-1)!;
    const name = level.left.pop();
    if (name === undefined) {
      levels.pop();
      continue;
    }
    const path = joinPath(level.entry.path, name);
    const facts = source.lookup(path);
    if (facts === undefined) continue;
    const states = {
      include: level.include && include!.descend(level.include, name),
      exclude: level.exclude && exclude!.descend(level.exclude, name),
    };
    const isTaken = isWanted(states);
    const entry = { relative: joinPath(level.entry.relative, name), path, facts, isOnWay: !isTaken };
    if (isTaken) {
      isMet = true;
      yield* waiting(levels);
      yield entry;
    }
    if (facts.type === 'dir' && (isTaken || mayHold(states)))
      levels.push({ entry, ...states, left: namesIn(path), isGiven: isTaken });
  }
  if (!isMet && required !== undefined) throw notThere(source, required);
}

type States = Pick<Level, 'include' | 'exclude'>;

function isWanted({ include, exclude }: States): boolean {
  return (include === undefined || include.isIgnored) && !exclude?.isIgnored;
}

/** Something in a directory may be taken although the directory itself is not. */
function mayHold({ include, exclude }: States): boolean {
  if (exclude && !exclude.mayContain) return false;
  return include === undefined || include.places.some((places) => places === undefined || places.length > 0);
}

/** Directories above that were not given yet. */
function* waiting(levels: readonly Level[]): Generator<Walked> {
  for (const level of levels) {
    if (level.isGiven) continue;
    level.isGiven = true;
    yield level.entry;
  }
}
