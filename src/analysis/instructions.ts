// Instructions of layers: which row of the history made a layer, what kind it is, and how it is quoted.
import { safeText } from '../lib/text.ts';
import type { StackRow } from '../oci/history.ts';

/** For each layer the row that made it. */
export function rowsOfLayers(rows: readonly StackRow[], layerCount: number): (StackRow | undefined)[] {
  const made = Array.from({ length: layerCount }, (): StackRow | undefined => undefined);
  for (const row of rows) if (row.layer !== undefined && row.layer < layerCount) made[row.layer] = row;
  return made;
}

export type InstructionKind = 'run' | 'copy' | 'other';

export function kindOf(row: StackRow | undefined): InstructionKind {
  const word = /^\s*([A-Za-z]+)\s/.exec(row?.instruction ?? '')?.[1]?.toUpperCase();
  if (word === 'RUN') return 'run';
  return word === 'COPY' || word === 'ADD' ? 'copy' : 'other';
}

const QUOTED_LENGTH = 60;

/** "`RUN make` (layer 3)", safe to show and short. No quote inside ends the quotation. */
export function quoteInstruction(row: StackRow | undefined, layer: number): string {
  const text = safeText((row?.instruction ?? '').slice(0, 10 * QUOTED_LENGTH).replace(/\s+/g, ' '))
    .replaceAll('`', "'")
    .trim();
  if (text === '') return `layer ${layer}`;
  const characters = Array.from(text);
  const short =
    characters.length <= QUOTED_LENGTH ? text : `${characters.slice(0, QUOTED_LENGTH - 1).join('')}…`;
  return `\`${short}\` (layer ${layer})`;
}
