// The one React tree: header, panes, dialog and footer, each one Text of marks for rows that plain functions made.
import { Box, Text, useWindowSize } from 'ink';
import { useSyncExternalStore } from 'react';
import type { App } from '../app.ts';
import { shownField } from '../dialogs.ts';
import { footerHints } from '../keymap/present.ts';
import { isTooSmall } from '../layout.ts';
import { dialogView } from '../present/dialog.ts';
import { fieldLine, headerLine, hintLine, messageLine } from '../present/frame.ts';
import type { Box as Place } from '../screen.ts';
import type { RowMarks } from '../terminal/row-marks.ts';
import type { TerminalSize } from '../terminal/size.ts';
import { fit } from '../width.ts';

interface RootProps {
  readonly app: App;
  /** Without them the rows themselves go through Ink. */
  readonly marks?: RowMarks;
}

export function Root({ app, marks }: RootProps) {
  const { columns, rows } = useWindowSize();
  useSyncExternalStore(app.subscribe, () => app.version);
  const size = { columns, rows };
  if (isTooSmall(size)) return <TooSmall size={size} />;
  const { crumbs, summary, panes } = app.screen.view({ size, theme: app.theme });
  const dialog = app.dialog && dialogView(app.dialog, size, app.theme);
  marks?.beginFrame();
  const place = (lines: readonly string[]): string => marks?.place(lines) ?? lines.join('\n');
  const header = place([headerLine(crumbs, summary, columns, app.theme)]);
  const footer = place([footerText(app, columns)]);
  return (
    <Box width={columns} height={rows}>
      <Rows box={{ x: 0, y: 0, width: columns, height: 1 }} text={header} />
      {panes.map(({ id, box, lines }) => (
        <Rows key={id} box={box} text={place(lines)} />
      ))}
      {dialog && <Rows box={dialog.box} text={place(dialog.lines)} />}
      <Rows box={{ x: 0, y: rows - 1, width: columns, height: 1 }} text={footer} />
    </Box>
  );
}

function Rows({ box, text }: { readonly box: Place; readonly text: string }) {
  return (
    <Box position="absolute" marginLeft={box.x} marginTop={box.y} width={box.width} height={box.height}>
      <Text wrap="truncate">{text}</Text>
    </Box>
  );
}

/** The field being typed, what was said last, work under way, or what can be done. */
function footerText(app: App, width: number): string {
  const { dialog, theme, message, jobLine } = app;
  if (dialog?.kind === 'filter') return fieldLine('/', dialog.field, width, theme).line;
  if (dialog?.kind === 'prompt')
    return fieldLine(`${dialog.request.title}:`, shownField(dialog), width, theme).line;
  if (message !== undefined) return messageLine(message, width, theme);
  if (jobLine !== undefined) return messageLine(jobLine, width, theme);
  return hintLine(footerHints(app.keymap, app.keyContext()), width, theme);
}

function TooSmall({ size: { columns, rows } }: { readonly size: TerminalSize }) {
  const text = ['phyllo needs 60x15', `this is ${columns}x${rows}`, 'q quits'];
  return (
    <Text wrap="truncate">
      {text
        .slice(0, rows)
        .map((line) => fit(line, columns))
        .join('\n')}
    </Text>
  );
}
