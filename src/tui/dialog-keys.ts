// What keys do while a dialog is open.
import type { App } from './app.ts';
import { type Dialog, foundActions } from './dialogs.ts';
import type { ActionId } from './keymap/actions.ts';
import type { ActionRow } from './keymap/present.ts';
import { type ListPlace, LIST_START, pageBy, placeAt } from './list-place.ts';
import { dialogHeight } from './present/dialog.ts';
import { type TextEdit, type TextField, editText, insertText, isTextEdit } from './text-field.ts';

export class DialogKeys {
  private readonly app: App;

  constructor(app: App) {
    this.app = app;
  }

  /** Changes the text of the dialog that has one. */
  type(edit: (field: TextField) => TextField): void {
    const { dialog } = this.app;
    if (!dialog || !('field' in dialog)) return;
    const field = edit(dialog.field);
    if (dialog.kind === 'palette') return this.app.show({ ...dialog, field, place: LIST_START });
    this.app.show({ ...dialog, field });
    if (field.text === dialog.field.text) return;
    if (dialog.kind === 'filter') this.app.screen.filter?.(field.text);
    else dialog.request.onChange?.(field.text);
  }

  paste(text: string): void {
    const { dialog } = this.app;
    // A line end that was copied along is no part of a password.
    const isSecret = dialog?.kind === 'prompt' && dialog.request.secret;
    this.type((field) => insertText(field, isSecret ? text.trim() : text));
  }

  /** Where words end is not told of a secret. */
  private edit(dialog: Dialog, id: TextEdit): void {
    const isSecret = dialog.kind === 'prompt' && dialog.request.secret;
    this.type((field) => editText(field, isSecret && id === 'text.erase-word' ? 'text.clear' : id));
  }

  perform(id: ActionId): void {
    const { dialog } = this.app;
    if (!dialog) return;
    if (isTextEdit(id)) return this.edit(dialog, id);
    switch (id) {
      case 'item.open':
      case 'question.accept':
        return this.accept(dialog);
      case 'view.back':
      case 'question.refuse':
      case 'app.quit':
      case 'help.open':
        return this.cancel(dialog);
      default:
        return this.move(dialog, id);
    }
  }

  private accept(dialog: Dialog): void {
    this.app.show(undefined);
    switch (dialog.kind) {
      case 'prompt':
        return this.answer(dialog);
      case 'filter':
        return this.app.screen.filter?.(dialog.field.text);
      case 'confirm':
        return dialog.onAccept();
      case 'choice':
        return dialog.request.onAccept(dialog.place.cursor);
      case 'palette':
        return this.run(foundActions(dialog.rows, dialog.field.text)[dialog.place.cursor]);
      case 'help': {
        const line = dialog.rows[dialog.place.cursor];
        return this.run(line?.kind === 'action' ? line.row : undefined);
      }
      case 'error':
      case 'notes':
    }
  }

  private answer({ request, field }: Extract<Dialog, { kind: 'prompt' }>): void {
    const text = request.secret ? field.text : field.text.trim();
    if (text !== '' || request.mayBeEmpty) request.onAccept(text);
  }

  private run(row: ActionRow | undefined): void {
    if (!row) return;
    if (row.disabled === undefined) this.app.perform(row.id);
    else this.app.say(`${row.title}: ${row.disabled}`);
  }

  private cancel(dialog: Dialog): void {
    this.app.show(undefined);
    if (dialog.kind === 'filter') this.app.screen.filter?.(dialog.before);
    if (dialog.kind === 'prompt') dialog.request.onCancel?.();
  }

  // ------------------------------------------------------------------ moving

  private move(dialog: Dialog, id: ActionId): void {
    // While a filter is typed the cursor moves among what it has found so far.
    if (dialog.kind === 'filter') return this.app.screen.perform(id);
    if (!('place' in dialog)) return;
    const count = this.countOf(dialog);
    const height = dialogHeight(dialog, this.app.size);
    const place = movePlace(dialog.place, id, count, height);
    if (place) this.app.show({ ...dialog, place });
  }

  /** As the wheel does. */
  moveBy(rows: number): void {
    const { dialog } = this.app;
    if (!dialog || !('place' in dialog)) return;
    const height = dialogHeight(dialog, this.app.size);
    const place = placeAt(dialog.place, dialog.place.cursor + rows, this.countOf(dialog), height);
    this.app.show({ ...dialog, place });
  }

  private countOf(dialog: Extract<Dialog, { place: ListPlace }>): number {
    if (dialog.kind === 'palette') return foundActions(dialog.rows, dialog.field.text).length;
    return dialog.kind === 'choice' ? dialog.request.rows(80, this.app.theme).length : dialog.rows.length;
  }
}

function movePlace(place: ListPlace, id: ActionId, count: number, height: number): ListPlace | undefined {
  switch (id) {
    case 'cursor.up':
      return placeAt(place, place.cursor - 1, count, height);
    case 'cursor.down':
      return placeAt(place, place.cursor + 1, count, height);
    case 'cursor.first':
      return placeAt(place, 0, count, height);
    case 'cursor.last':
      return placeAt(place, count - 1, count, height);
    case 'page.down':
      return pageBy(place, height - 1, count, height);
    case 'page.up':
      return pageBy(place, 1 - height, count, height);
    case 'half.down':
      return pageBy(place, height >> 1, count, height);
    case 'half.up':
      return pageBy(place, -(height >> 1), count, height);
    default:
      return undefined;
  }
}
