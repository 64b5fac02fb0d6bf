// The one React tree: header, panes, dialog and footer, each one Text of rows that plain functions made.
import { Box, Text, useWindowSize } from 'ink';
import { useSyncExternalStore } from 'react';
import type { App } from '../app.ts';
import { footerHints } from '../keymap/present.ts';
import { isTooSmall } from '../layout.ts';
import { dialogView } from '../present/dialog.ts';
import { fieldLine, headerLine, hintLine, messageLine } from '../present/frame.ts';
import type { PaneView } from '../screen.ts';
import type { TerminalSize } from '../terminal/size.ts';
import { fit } from '../width.ts';

export function Root({ app }: { readonly app: App }) {
  const { columns, rows } = useWindowSize();
  useSyncExternalStore(app.subscribe, () => app.version);
  const size = { columns, rows };
  if (isTooSmall(size)) return <TooSmall size={size} />;
  const { crumbs, summary, panes } = app.screen.view({ size, theme: app.theme });
  const dialog = app.dialog && dialogView(app.dialog, size, app.theme);
  return (
    <Box width={columns} height={rows}>
      <Line row={0} text={headerLine(crumbs, summary, columns, app.theme)} width={columns} />
      {panes.map((pane) => (
        <Pane key={pane.id} pane={pane} />
      ))}
      {dialog && <Pane pane={dialog} />}
      <Line row={rows - 1} text={footerText(app, columns)} width={columns} />
    </Box>
  );
}

function Pane({ pane: { box, lines } }: { readonly pane: PaneView }) {
  return (
    <Box position="absolute" marginLeft={box.x} marginTop={box.y} width={box.width} height={box.height}>
      <Text wrap="truncate">{lines.join('\n')}</Text>
    </Box>
  );
}

function Line({ row, text, width }: { readonly row: number; readonly text: string; readonly width: number }) {
  return (
    <Box position="absolute" marginTop={row} width={width} height={1}>
      <Text wrap="truncate">{text}</Text>
    </Box>
  );
}

/** The field being typed, what was said last, work under way, or what can be done. */
function footerText(app: App, width: number): string {
  const { dialog, theme, message, jobLine } = app;
  if (dialog?.kind === 'filter') return fieldLine('/', dialog.field, width, theme).line;
  if (dialog?.kind === 'prompt')
    return fieldLine(`${dialog.request.title}:`, dialog.field, width, theme).line;
  if (message !== undefined) return messageLine(message, width, theme);
  if (jobLine !== undefined) return messageLine(`${jobLine}  (esc cancels)`, width, theme);
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
