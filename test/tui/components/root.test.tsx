// The React tree over an app that is made of plain values: what is where on the screen.
import { render } from 'ink-testing-library';
import { describe, expect, test } from 'vitest';
import type { App } from '../../../src/tui/app.ts';
import { Root } from '../../../src/tui/components/root.tsx';
import { makeKeymap } from '../../../src/tui/keymap/keymap.ts';
import { bodyBox } from '../../../src/tui/layout.ts';
import { paneView } from '../../../src/tui/present/pane.ts';
import { textField } from '../../../src/tui/text-field.ts';
import { makeTheme } from '../../../src/tui/theme/theme.ts';

const theme = makeTheme('none');
const { keymap } = makeKeymap();

/** The part of an app that its view looks at. */
function appWith(parts: object): App {
  const keyContext = () => ({ scope: 'stack' }) as const;
  const app = {
    subscribe: () => () => {},
    version: 0,
    theme,
    keymap,
    keyContext,
    screen: {
      keyContext,
      view: ({ size }: { size: { columns: number; rows: number } }) => ({
        crumbs: ['images', 'web:latest'],
        summary: '9 layers',
        panes: [
          paneView(
            { id: 'a', box: bodyBox(size), title: 'Layers', focused: true, rows: ['one', 'two'] },
            theme,
          ),
        ],
      }),
    },
    ...parts,
  };
  return app as unknown as App;
}

/** Frames of the library are 100 columns wide and 24 rows high. */
function linesOf(parts: object = {}): string[] {
  const { lastFrame, unmount } = render(<Root app={appWith(parts)} />);
  const lines = lastFrame()!
    .replace(/\x1b\[[0-9;]*m/g, '')
    .split('\n');
  unmount();
  return lines;
}

describe('the screen', () => {
  test('has the breadcrumb at the top, the pane between, the keys at the bottom', () => {
    const lines = linesOf();
    expect(lines).toHaveLength(24);
    expect(lines[0]).toMatch(/^ phyllo {2}images › web:latest +9 layers *$/);
    expect(lines[1]).toMatch(/^┌ Layers ─+┐$/);
    expect(lines[2]).toMatch(/^│one +│$/);
    expect(lines[22]).toMatch(/^└─+┘$/);
    expect(lines[23]).toContain('? keys');
  });

  test('shows what was said last in the place of the keys', () => {
    expect(linesOf({ message: 'copied /etc/passwd' })[23]!.trim()).toBe('copied /etc/passwd');
  });

  test('shows the filter that is being typed at the bottom', () => {
    const dialog = { kind: 'filter', field: textField('*.conf'), before: undefined };
    expect(linesOf({ dialog })[23]).toMatch(/^ \/ {1,2}\*\.conf/);
  });

  test('lays a question over the pane and leaves the rest in place', () => {
    const dialog = { kind: 'confirm', question: 'delete web:latest?', onAccept: () => {} };
    const lines = linesOf({ dialog });
    expect(lines.join('\n')).toContain('delete web:latest?');
    expect(lines[2]).toMatch(/^│one/);
    expect(lines[22]).toMatch(/^└─+┘$/);
  });
});
