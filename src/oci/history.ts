// History entries as instructions of a Dockerfile, and which of them made which layer.
import type { HistoryEntry } from './config.ts';

/** One row of a stack: an instruction, with its layer when it made one. Base first. */
export interface StackRow {
  /** Row number, counting metadata-only rows. */
  readonly index: number;
  /** Index of the layer it made; undefined for a metadata-only instruction. */
  readonly layer: number | undefined;
  /** The instruction as a Dockerfile would have it. Foreign text, not yet safe to show. */
  readonly instruction: string;
  /** `created_by` untouched. */
  readonly createdBy: string;
  readonly created: string | undefined;
  readonly comment: string | undefined;
}

/**
 * History and layers side by side. Where a history is missing or names fewer layers than there are, rows without an
 * instruction stand for the rest; entries that claim more layers than there are count as metadata-only.
 */
export function stackRows(history: readonly HistoryEntry[], layerCount: number): StackRow[] {
  const rows: StackRow[] = [];
  let layer = 0;
  for (const { createdBy, created, comment, emptyLayer } of history) {
    const made = !emptyLayer && layer < layerCount ? layer++ : undefined;
    rows.push({
      index: rows.length,
      layer: made,
      instruction: instructionText(createdBy),
      createdBy,
      created,
      comment,
    });
  }
  for (; layer < layerCount; layer++) {
    rows.push({
      index: rows.length,
      layer,
      instruction: '',
      createdBy: '',
      created: undefined,
      comment: undefined,
    });
  }
  return rows;
}

const SHELL = '/bin/sh -c ';
const NOP = '#(nop)';

/**
 * What a builder wrote into `created_by`, as the instruction it came from: the classic builder's `/bin/sh -c #(nop)`,
 * BuildKit's `RUN /bin/sh -c … # buildkit`, build arguments in front (`|1 A=b /bin/sh -c …`).
 */
export function instructionText(createdBy: string): string {
  const text = createdBy.trim();
  if (text.startsWith(SHELL)) return classic(text.slice(SHELL.length).trim());
  const withArgs = /^\|\d+ /.test(text) ? text.indexOf(SHELL) : -1;
  if (withArgs > 0) return `RUN ${text.slice(withArgs + SHELL.length).trim()}`;
  if (text.endsWith('# buildkit')) return buildkit(text.slice(0, -'# buildkit'.length).trim());
  return exposedPorts(text);
}

function classic(text: string): string {
  return text.startsWith(NOP) ? exposedPorts(text.slice(NOP.length).trim()) : `RUN ${text}`;
}

function buildkit(text: string): string {
  if (!text.startsWith('RUN ')) return text;
  const command = text.slice('RUN '.length);
  const shell = command.indexOf(SHELL);
  const onlyArguments = shell === 0 || (command.startsWith('|') && shell > 0);
  return onlyArguments ? `RUN ${command.slice(shell + SHELL.length)}` : text;
}

/** `EXPOSE map[80/tcp:{} 443/tcp:{}]` is how both builders print ports. */
function exposedPorts(text: string): string {
  const ports = /^EXPOSE map\[(.*)\]$/.exec(text)?.[1];
  if (ports === undefined) return text;
  return `EXPOSE ${ports.replaceAll(':{}', '')}`;
}
