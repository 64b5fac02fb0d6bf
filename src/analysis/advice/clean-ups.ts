// Advice about bytes that died: deleted, moved, written again or copied for their metadata by a later instruction.
import { displaySize } from '../../lib/units.ts';
import { DeathCause } from '../deaths.ts';
import { ABSENT, Reason } from '../../tree/stack-index.ts';
import { Inodes } from '../inodes.ts';
import type { AdviceContext, AdviceDraft } from './advice.ts';
import { type Places, type WeighedNode, heaviestPlaces } from './heaviest.ts';

/** What one layer did to another's files in one way. */
interface Killing {
  readonly maker: number;
  readonly killer: number;
  readonly cause: DeathCause;
  bytes: number;
  readonly deaths: number[];
}

export function cleanUpAdvice(context: AdviceContext): AdviceDraft[] {
  const moves = new Moves(context);
  return killings(context)
    .filter(({ bytes }) => bytes >= context.leastBytes)
    .map((killing) => describe(context, killing, moves));
}

/** Only whole deaths: a file that other layers named too is not saved by merging two instructions. */
function killings({ stack, report: { deaths }, baseLayers }: AdviceContext): Killing[] {
  const found = new Map<number, Killing>();
  for (let at = 0; at < deaths.count; at++) {
    const maker = deaths.maker[at]!;
    if (deaths.isWhole[at] === 0 || maker < baseLayers) continue;
    const killer = deaths.killer[at]!;
    const cause = mergedCause(deaths.cause[at] as DeathCause);
    const key = (maker * stack.layerCount + killer) * 4 + cause;
    const killing = found.get(key) ?? { maker, killer, cause, bytes: 0, deaths: [] };
    killing.bytes += deaths.bytes[at]!;
    killing.deaths.push(at);
    found.set(key, killing);
  }
  return [...found.values()];
}

/** An opaque directory deletes as a whiteout does. */
function mergedCause(cause: DeathCause): DeathCause {
  return cause === DeathCause.opaqueHidden ? DeathCause.deleted : cause;
}

function describe(context: AdviceContext, killing: Killing, moves: Moves): AdviceDraft {
  const { quote } = context;
  const { maker, killer, bytes } = killing;
  const { nodes, text } = placesOf(context, killing);
  const what = { bytes: displaySize(bytes), places: text };
  const isMove = killing.cause === DeathCause.deleted && moves.isMove(killing);
  const words = isMove ? moveWords : WORDS[killing.cause]!;
  return {
    ...words(context, killing, { ...what, maker: quote(maker), killer: quote(killer) }),
    savedBytes: bytes,
    maker,
    killer,
    nodes,
  };
}

/** Whole directories where the layer deleted them, or gave them another mode or owner too. */
function placesOf({ stack, report: { deaths } }: AdviceContext, killing: Killing): Places {
  const { killer, cause } = killing;
  const { after, reason } = stack.changes(killer);
  const files = killing.deaths.map((at): WeighedNode => ({
    node: deaths.node[at]!,
    bytes: deaths.bytes[at]!,
  }));
  return heaviestPlaces(stack, files, (directory) => {
    const change = cause === DeathCause.overwritten ? -1 : stack.changeOf(killer, directory);
    if (change < 0) return false;
    return cause === DeathCause.deleted
      ? after[change] === ABSENT
      : (reason[change]! & (Reason.mode | Reason.owner)) !== 0;
  });
}

interface Quotes {
  readonly bytes: string;
  readonly places: string;
  readonly maker: string;
  readonly killer: string;
}
type Words = Pick<AdviceDraft, 'kind' | 'problem' | 'change'>;
type MakeWords = (context: AdviceContext, killing: Killing, quotes: Quotes) => Words;

const WORDS: Readonly<Record<number, MakeWords>> = {
  [DeathCause.deleted]: deletedWords,
  [DeathCause.metadataOnly]: metadataWords,
  [DeathCause.overwritten]: overwrittenWords,
};

function deletedWords(context: AdviceContext, { maker }: Killing, quotes: Quotes): Words {
  const { bytes, places } = quotes;
  return {
    kind: 'late-clean-up',
    problem: `${quotes.killer} deletes ${bytes} that ${quotes.maker} shipped (${places}): they are hidden, not gone.`,
    change:
      context.kind(maker) === 'copy'
        ? `Do not copy ${places}: leave it out in .dockerignore, or let the RUN that needs it mount it with RUN --mount=type=bind.`
        : `Delete ${places} at the end of ${quotes.maker}, in the same instruction.`,
  };
}

function moveWords(context: AdviceContext, { maker }: Killing, quotes: Quotes): Words {
  const { bytes, places } = quotes;
  return {
    kind: 'move',
    problem: `${quotes.killer} moves ${bytes} that ${quotes.maker} shipped (${places}): they are shipped twice.`,
    change:
      context.kind(maker) === 'copy'
        ? `Copy ${places} straight to where it belongs.`
        : `Move ${places} in ${quotes.maker}, in the same instruction.`,
  };
}

function metadataWords(context: AdviceContext, { maker, killer }: Killing, quotes: Quotes): Words {
  const { bytes, places } = quotes;
  const command = /\b(chmod|chown|chgrp|touch|setfacl|setcap)\b/.exec(context.instruction(killer))?.[1];
  const does = command === undefined ? 'writes' : `runs ${command} over`;
  const flag = command === 'chown' || command === 'chgrp' ? '--chown' : '--chmod';
  const isCopied = context.kind(maker) === 'copy' && (command === undefined || command.startsWith('ch'));
  return {
    kind: 'metadata-copy',
    problem: `${quotes.killer} ${does} ${bytes} that ${quotes.maker} shipped (${places}): their content is the same and shipped again.`,
    change: isCopied
      ? `Give ${places} its mode and owner where it is copied: ${flag} at ${quotes.maker}.`
      : `Do it in ${quotes.maker}, in the same instruction, or only to the files that need it.`,
  };
}

function overwrittenWords(context: AdviceContext, { maker, killer }: Killing, quotes: Quotes): Words {
  const { bytes, places } = quotes;
  const areCopied = context.kind(maker) === 'copy' && context.kind(killer) === 'copy';
  return {
    kind: 'overwrite',
    problem: `${quotes.killer} writes ${places} again: the ${bytes} that ${quotes.maker} shipped of it are dead.`,
    change: areCopied
      ? `Copy ${places} once: leave it out of ${quotes.maker}.`
      : `Write ${places} once: do both in one instruction.`,
  };
}

/** Whether what a layer deletes it also ships, somewhere else. */
class Moves {
  private readonly context: AdviceContext;
  private readonly inodes: Inodes;
  /** For each killer that was asked about: the contents that it shows first. */
  private readonly shown = new Map<number, ReadonlySet<string>>();

  constructor(context: AdviceContext) {
    this.context = context;
    this.inodes = new Inodes(context.stack);
  }

  /** More than half of the bytes. */
  isMove({ killer, deaths: indexes, bytes }: Killing): boolean {
    const { deaths } = this.context.report;
    const shown = this.contentsOf(killer);
    let moved = 0;
    for (const at of indexes) {
      const digest = this.inodes.digestOf(deaths.version[at]!);
      if (digest !== undefined && shown.has(digest)) moved += deaths.bytes[at]!;
    }
    return moved > bytes / 2;
  }

  private contentsOf(layer: number): ReadonlySet<string> {
    const known = this.shown.get(layer);
    if (known !== undefined) return known;
    const contents = new Set<string>();
    for (const version of this.context.stack.changes(layer).after) {
      if (version === ABSENT || this.inodes.makerOf(version) !== layer) continue;
      const digest = this.inodes.bytesOf(version) === 0 ? undefined : this.inodes.digestOf(version);
      if (digest !== undefined) contents.add(digest);
    }
    this.shown.set(layer, contents);
    return contents;
  }
}
