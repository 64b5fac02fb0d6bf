// What lies over a screen and takes its keys: a prompt, a question, a list to choose from, the palette, the help, an
// error to be read. One at a time.
import fuzzysort from 'fuzzysort';
import type { Keymap } from './keymap/keymap.ts';
import { type ActionRow, helpRows, paletteRows } from './keymap/present.ts';
import type { KeyContext } from './keymap/resolve.ts';
import type { Scope } from './keymap/scopes.ts';
import { LIST_START, type ListPlace } from './list-place.ts';
import type { ChoiceRequest, PromptRequest } from './screen.ts';
import { type TextField, masked, textField } from './text-field.ts';

export type Dialog =
  | { readonly kind: 'prompt'; readonly request: PromptRequest; readonly field: TextField }
  /** The filter line of the screen below; `before` is what cancelling brings back. */
  | { readonly kind: 'filter'; readonly field: TextField; readonly before: string | undefined }
  | {
      readonly kind: 'palette';
      readonly field: TextField;
      readonly place: ListPlace;
      readonly rows: readonly ActionRow[];
    }
  | { readonly kind: 'confirm'; readonly question: string; readonly onAccept: () => void }
  | { readonly kind: 'choice'; readonly request: ChoiceRequest; readonly place: ListPlace }
  | { readonly kind: 'help'; readonly place: ListPlace; readonly rows: readonly HelpLine[] }
  | { readonly kind: 'error'; readonly error: unknown }
  /** Lines that are safe to show, to be read. */
  | { readonly kind: 'notes'; readonly title: string; readonly lines: readonly string[] };

/** What may be seen of what is typed. */
export function shownField({ request, field }: Extract<Dialog, { kind: 'prompt' }>): TextField {
  return request.secret ? masked(field) : field;
}

export type HelpLine =
  | { readonly kind: 'group'; readonly title: string }
  | { readonly kind: 'action'; readonly row: ActionRow };

export function dialogScope(dialog: Dialog): Scope {
  switch (dialog.kind) {
    case 'prompt':
    case 'filter':
      return 'filter';
    case 'palette':
      return 'palette';
    case 'confirm':
      return 'confirm';
    default:
      return 'help';
  }
}

export function openHelp(keymap: Keymap, context: KeyContext): Dialog {
  const rows = helpRows(keymap, context).flatMap(({ group, rows: actions }): HelpLine[] => [
    { kind: 'group', title: group },
    ...actions.map((row) => ({ kind: 'action', row }) as const),
  ]);
  return { kind: 'help', place: LIST_START, rows };
}

export function openPalette(keymap: Keymap, context: KeyContext): Dialog {
  return { kind: 'palette', field: textField(), place: LIST_START, rows: paletteRows(keymap, context) };
}

/** What is left of the palette with this text typed, best first. */
export function foundActions(rows: readonly ActionRow[], text: string): readonly ActionRow[] {
  if (text === '') return rows;
  return fuzzysort.go(text, rows, { keys: ['title', 'id'], threshold: 0.3 }).map(({ obj }) => obj);
}
