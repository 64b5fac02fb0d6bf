// Transfers as lists tell of them: layers, sums and rates, and their end.
import { describe, expect, test } from 'vitest';
import type { Digest } from '../../src/oci/digest.ts';
import { PhylloError } from '../../src/lib/errors.ts';
import { Jobs } from '../../src/tui/jobs.ts';
import { shortDuration, transferRow } from '../../src/tui/present/transfer-rows.ts';
import { Rate } from '../../src/tui/rate.ts';
import type { Screen } from '../../src/tui/screen.ts';
import { transferRows } from '../../src/tui/screens/transfers/transfer-list.ts';
import { makeTheme } from '../../src/tui/theme/theme.ts';
import { Transfer, type TransferReports, type TransferRequest, Transfers } from '../../src/tui/transfers.ts';
import { displayWidth } from '../../src/tui/width.ts';

const A = `sha256:${'a'.repeat(64)}` as Digest;
const B = `sha256:${'b'.repeat(64)}` as Digest;

const PULL: TransferRequest = { kind: 'pull', name: 'nginx:1', work: async () => undefined };

function transferAt(): { transfer: Transfer; clock: { ms: number } } {
  const clock = { ms: 0 };
  return { transfer: new Transfer(1, PULL, () => clock.ms), clock };
}

describe('how fast bytes come', () => {
  test('is not told before half a second', () => {
    const rate = new Rate();
    rate.add(0, 0);
    rate.add(400, 1000);
    expect(rate.bytesPerSecond).toBeUndefined();
    rate.add(1000, 2000);
    expect(rate.bytesPerSecond).toBe(2000);
  });

  test('is that of the last seconds', () => {
    const rate = new Rate();
    for (let ms = 0; ms <= 10_000; ms += 50) rate.add(ms, ms * 10);
    for (let ms = 10_050; ms <= 20_000; ms += 50) rate.add(ms, 100_000 + (ms - 10_000));
    expect(rate.bytesPerSecond).toBeCloseTo(1000, 5);
  });

  test('begins anew with fewer bytes', () => {
    const rate = new Rate();
    rate.add(0, 5000);
    rate.add(2000, 9000);
    rate.add(2100, 0);
    rate.add(3100, 500);
    expect(rate.bytesPerSecond).toBe(500);
  });
});

describe('a transfer', () => {
  test('has no total until its layers are known, and leaves out what is there already', () => {
    const { transfer } = transferAt();
    transfer.take({ layer: A, status: 'Downloading', doneBytes: 10, totalBytes: 100 });
    expect(transfer.sum).toEqual({ doneBytes: 10, totalBytes: undefined });
    transfer.announce([
      { digest: A, sizeBytes: 100 },
      { digest: B, sizeBytes: 50 },
    ]);
    expect(transfer.sum).toEqual({ doneBytes: 10, totalBytes: 150 });
    transfer.take({ layer: B, status: 'Already exists' });
    expect(transfer.sum).toEqual({ doneBytes: 10, totalBytes: 100 });
    transfer.take({ layer: A, status: 'Download complete' });
    expect(transfer.sum).toEqual({ doneBytes: 100, totalBytes: 100 });
  });

  test('that goes on where an earlier one ended counts its own bytes for the rate', () => {
    const { transfer, clock } = transferAt();
    transfer.announce([{ digest: A, sizeBytes: 10_000 }]);
    transfer.take({ layer: A, status: 'Downloading', doneBytes: 8000, totalBytes: 10_000 });
    clock.ms = 1000;
    transfer.take({ layer: A, status: 'Downloading', doneBytes: 9000, totalBytes: 10_000 });
    expect(transfer.rate.bytesPerSecond).toBe(1000);
    expect(transfer.layers.get(A)!.rate.bytesPerSecond).toBe(1000);
  });

  test('of a file tells one layer after the other', () => {
    const transfer = new Transfer(1, { ...PULL, kind: 'load' }, () => 0);
    transfer.progress({ item: 'one', doneBytes: 5, totalBytes: 10 });
    expect(transfer.layers.get('one')!.status).toBe('Loading');
    transfer.progress({ item: 'one', doneBytes: 10, totalBytes: 10 });
    transfer.progress({ item: 'two', doneBytes: 1, totalBytes: 10 });
    expect([...transfer.layers.values()].map(({ status }) => status)).toEqual(['Loaded', 'Loading']);
  });
});

describe('rows', () => {
  const theme = makeTheme('none');
  const plain = (text: string): string => text.replace(/\x1b\[[0-9;]*m/g, '');

  test.each([60, 78, 98, 158])('are %d columns wide, whatever they tell', (width) => {
    const { transfer, clock } = transferAt();
    transfer.announce([{ digest: A, sizeBytes: 999_900_000 }]);
    transfer.take({ layer: A, status: 'Downloading', doneBytes: 1, totalBytes: 999_900_000 });
    clock.ms = 2000;
    transfer.take({ layer: A, status: 'Downloading', doneBytes: 123_400_000, totalBytes: 999_900_000 });
    transfer.take({ layer: B, status: 'Mounted from', detail: `team/${'long'.repeat(40)}` });
    transfer.state = 'failed';
    transfer.error = new Error(`pull \x1b[31m${'x'.repeat(200)}`);
    const rows = transferRows([transfer], () => false);
    expect(rows.map(({ kind }) => kind)).toEqual(['transfer', 'problem', 'layer', 'layer']);
    for (const row of rows) {
      for (const isCurrent of [true, false]) {
        const text = transferRow(row, { width, isCurrent }, theme);
        expect(displayWidth(text)).toBe(width);
        expect(plain(text)).not.toContain('\x1b');
      }
    }
  });

  test("have docker's words in full at 80 columns, bytes, and the time that is left", () => {
    const { transfer, clock } = transferAt();
    transfer.announce([{ digest: A, sizeBytes: 4_000_000 }]);
    transfer.take({ layer: A, status: 'Downloading', doneBytes: 0, totalBytes: 4_000_000 });
    clock.ms = 1000;
    transfer.take({ layer: A, status: 'Downloading', doneBytes: 1_000_000, totalBytes: 4_000_000 });
    transfer.take({ layer: B, status: 'Layer already exists' });
    const [first, moving, there] = transferRows([transfer], () => false).map((row) =>
      plain(transferRow(row, { width: 78, isCurrent: false }, theme)),
    );
    expect(first).toMatch(/^ ▾ ▲ pulling nginx:1 +██ +1 MB of 4 MB +3 s$/);
    expect(moving).toMatch(/^ {3}a{12} Downloading +██ +1 MB of 4 MB +3 s$/);
    expect(there).toMatch(/^ {3}b{12} Layer already exists /);
  });

  test('are one for what is folded', () => {
    const { transfer } = transferAt();
    transfer.announce([{ digest: A, sizeBytes: 1 }]);
    expect(transferRows([transfer], () => true)).toHaveLength(1);
  });

  test.each([
    [0.2, '1 s'],
    [99, '99 s'],
    [100, '2 min'],
    [7000, '2 h'],
    [Number.POSITIVE_INFINITY, '∞'],
  ])('%d seconds are %s', (seconds, text) => {
    expect(shortDuration(seconds)).toBe(text);
  });
});

describe('the list', () => {
  const here = {} as Screen;
  const elsewhere = {} as Screen;

  function listOf(): { transfers: Transfers; jobs: Jobs; errors: unknown[]; said: (string | undefined)[] } {
    const errors: unknown[] = [];
    const said: (string | undefined)[] = [];
    const jobs = new Jobs({
      now: () => 0,
      onChange: () => {},
      onDone: (message) => void said.push(message),
      onError: (error) => void errors.push(error),
    });
    const transfers = new Transfers(jobs);
    return { transfers, jobs, errors, said };
  }

  /** Goes on until it is told to end, or cancelled. */
  function gated(): { request: TransferRequest; end: (error?: Error) => void; tries: TransferReports[] } {
    const tries: TransferReports[] = [];
    let gate = Promise.withResolvers<string>();
    const work = (reports: TransferReports): Promise<string> => {
      tries.push(reports);
      gate = Promise.withResolvers<string>();
      reports.signal!.addEventListener('abort', () => gate.reject(new PhylloError('cancelled', 'stopped')));
      return gate.promise;
    };
    const end = (error?: Error): void => (error ? gate.reject(error) : gate.resolve('all there'));
    return { request: { ...PULL, work }, end, tries };
  }

  test('esc ends a transfer where it was begun, and not on other screens', () => {
    const { transfers, jobs } = listOf();
    transfers.start(gated().request, here);
    expect(jobs.endedOn(here)?.title).toBe('pulling nginx:1');
    expect(jobs.endedOn(elsewhere)).toBeUndefined();
    expect(jobs.newest?.title).toBe('pulling nginx:1');
    jobs.start('tagging', () => new Promise(() => {}));
    expect(jobs.endedOn(elsewhere)?.title).toBe('tagging');
  });

  test('the newest stands first; what is cancelled is tried again in its place', async () => {
    const { transfers, said } = listOf();
    const { request, end, tries } = gated();
    const first = transfers.start(request, here);
    const second = transfers.start({ ...PULL, name: 'other' }, here);
    expect(transfers.list).toEqual([second, first]);
    transfers.cancel(first);
    await expect.poll(() => first.state).toBe('cancelled');
    expect(said).toContain('pulling nginx:1: cancelled');
    const again = transfers.retry(first);
    expect(transfers.list).toEqual([second, again]);
    expect(tries).toHaveLength(2);
    end();
    await expect.poll(() => again.state).toBe('done');
    expect(again.message).toBe('all there');
  });

  test('a failure is told once and stays; what has ended can be taken off, what runs cannot', async () => {
    const { transfers, errors } = listOf();
    const { request, end } = gated();
    const transfer = transfers.start(request);
    transfers.forget(transfer);
    expect(transfers.list).toHaveLength(1);
    expect(transfers.retry(transfer)).toBe(transfer);
    end(new PhylloError('network', 'pull: nobody listens there'));
    await expect.poll(() => transfer.state).toBe('failed');
    expect(errors).toEqual([transfer.error]);
    transfers.forget(transfer);
    expect(transfers.list).toEqual([]);
  });

  test('is bounded', async () => {
    const { transfers } = listOf();
    for (let count = 0; count < 150; count++) {
      const one = transfers.start(PULL);
      await expect.poll(() => one.state, { interval: 1 }).toBe('done');
    }
    expect(transfers.list.length).toBeLessThanOrEqual(101);
  });
});
