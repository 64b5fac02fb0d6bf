// A terminal that makes emoji narrower than we do, or splits clusters: only the emoji itself may look odd.
import { describe, expect, test } from 'vitest';
import { ScreenDriver } from '../../../src/tui/terminal/driver.ts';
import { VirtualClock } from '../../support/link.ts';
import { TestScreen } from '../../support/screen.ts';

async function show(frames: readonly string[]): Promise<string[]> {
  const clock = new VirtualClock();
  // Unicode 6 has most emoji one column wide, and knows no joiner.
  const screen = new TestScreen(30, 4, { unicode: '6' });
  const driver = new ScreenDriver({ output: screen, depth: '16', clock });
  driver.start();
  for (const frame of frames) {
    driver.write(frame);
    clock.advance(50);
    await screen.settled();
  }
  driver.stop(() => {});
  return screen.cells().map((row) => row.map((cell) => cell.text).join(','));
}

/** Text of the cells from `column` on. */
const from = (row: string | undefined, column: number): string =>
  (row ?? '').split(',').slice(column).join('').trimEnd();

describe('a terminal with other widths', () => {
  test.each(['😀', '👩‍💻', '👨‍👩‍👧‍👦', '❤\ufe0f', '🇩🇪', 'e\u0301\u0302'])(
    'keeps what follows %s in its column',
    async (cluster) => {
      const [row] = await show([`${cluster}${cluster === 'e\u0301\u0302' ? ' ' : ''}name │ end`]);
      expect(from(row, 2)).toBe('name │ end');
    },
  );

  test('shows nothing of the row before in the half that it leaves free', async () => {
    const rows = await show(['ABCDEFGH', '😀CDEFGH']);
    expect(rows[0]!.split(',')[1]).not.toBe('B');
    expect(from(rows[0], 2)).toBe('CDEFGH');
  });

  test.each([12, 20])(
    'keeps what follows a cluster that it makes wider, also after %i erased cells',
    async (blanks) => {
      // Thai SARA AM belongs to the character before it, and yet has a column of its own on most terminals.
      const rows = await show([`│ x${' '.repeat(blanks)}│`, `│ กำ${' '.repeat(blanks)}│`]);
      expect(from(rows[0], 3 + blanks)).toBe('│');
    },
  );

  test('has the cells behind a wider cluster written again', async () => {
    const rows = await show(['12 behind it', '👨‍👩‍👧‍👦 behind it', '12 behind it', '👨‍👩‍👧‍👦 behind IT']);
    expect(from(rows[0], 2)).toBe(' behind IT');
  });
});
