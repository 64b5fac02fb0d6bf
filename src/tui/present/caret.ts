// Where the terminal's own cursor stands: in the text that is being typed, if any.
import type { App } from '../app.ts';
import { shownField } from '../dialogs.ts';
import type { Caret } from '../terminal/driver.ts';
import { paletteCaret } from './dialog.ts';
import { fieldLine } from './frame.ts';

export function caretOf({ dialog, screen, size, theme }: App): Caret | undefined {
  switch (dialog?.kind) {
    case 'filter':
      return { row: size.rows - 1, column: fieldLine('/', dialog.field, size.columns, theme).caret };
    case 'prompt':
      return {
        row: size.rows - 1,
        column: fieldLine(`${dialog.request.title}:`, shownField(dialog), size.columns, theme).caret,
      };
    case 'palette':
      return paletteCaret(dialog.field, size);
    case undefined:
      return screen.caret;
    default:
      return undefined;
  }
}
