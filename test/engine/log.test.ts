import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { LogEntry } from '../../src/engine/engine.ts';
import { LOG_FILE, LogWriter, MAX_ENTRY_BYTES, olderLog, parseLogEntry } from '../../src/engine/log-file.ts';
import { type ReadLogOptions, readLog } from '../../src/engine/log-reader.ts';
import { until } from '../support/engine-runs.ts';
import { temporaryFolder } from '../support/image-folder.ts';

function newLog(): string {
  return join(temporaryFolder(), LOG_FILE);
}

async function read(path: string, options: ReadLogOptions = {}): Promise<LogEntry[]> {
  const entries: LogEntry[] = [];
  for await (const entry of readLog(path, options)) entries.push(entry);
  return entries;
}

function texts(entries: readonly LogEntry[]): string[] {
  return entries.map(({ stream, data }) => `${stream} ${Buffer.from(data).toString('latin1')}`);
}

/** Writes lines to stdout whose times are seconds apart. */
async function logOf(path: string, lines: readonly string[], startMs = 0): Promise<void> {
  let time = startMs;
  const now = (): string => `${new Date((time += 1000)).toISOString().slice(0, -1)}000000Z`;
  const writer = await LogWriter.open(path, { now });
  for (const line of lines) await writer.write('stdout', Buffer.from(`${line}\n`));
  await writer.end();
}

describe('writing', () => {
  test('an entry is a line of output, streams apart, the last one without an end', async () => {
    const path = newLog();
    const writer = await LogWriter.open(path);
    await writer.write('stdout', Buffer.from('one\ntw'));
    await writer.write('stderr', Buffer.from('wrong\n'));
    await writer.write('stdout', Buffer.from('o\n\nrest'));
    await writer.end();
    expect(texts(await read(path))).toEqual([
      'stdout one\n',
      'stderr wrong\n',
      'stdout two\n',
      'stdout \n',
      'stdout rest',
    ]);
  });

  test('every byte comes back, and the file itself is harmless text', async () => {
    const path = newLog();
    const all = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
    const text = Buffer.from('\u001b[31m\u0007\u007f\u009b\u202e\ufeff"\\\u{1f600}é\r\n');
    const writer = await LogWriter.open(path);
    await writer.write('stdout', Buffer.concat([all, text]));
    await writer.end();
    const entries = await read(path);
    expect(Buffer.concat(entries.map(({ data }) => data))).toEqual(Buffer.concat([all, text]));
    expect(readFileSync(path, 'latin1')).toMatch(/^[\n\x20-\x7e]+$/);
    expect(entries.every(({ time }) => /^\d{4}-\d\d-\d\dT[\d:]{8}\.\d{9}Z$/.test(time))).toBe(true);
  });

  test('a line without an end does not grow in memory', async () => {
    const path = newLog();
    const writer = await LogWriter.open(path);
    for (let count = 0; count < 10; count++) await writer.write('stdout', Buffer.alloc(10_000, 'x'));
    expect((await read(path)).reduce((sum, { data }) => sum + data.length, 0)).toBeGreaterThan(80_000);
    await writer.end();
    const entries = await read(path);
    expect(entries.reduce((sum, { data }) => sum + data.length, 0)).toBe(100_000);
    expect(Math.max(...entries.map(({ data }) => data.length))).toBeLessThanOrEqual(MAX_ENTRY_BYTES);
  });

  test('a full file becomes the older one, and two are all there is', async () => {
    const path = newLog();
    const writer = await LogWriter.open(path, { maxBytes: 2000 });
    for (let count = 0; count < 200; count++) await writer.write('stdout', Buffer.from(`line ${count}\n`));
    await writer.end();
    expect(statSync(path).size).toBeLessThan(2200);
    expect(statSync(olderLog(path)).size).toBeLessThan(2200);
    const lines = texts(await read(path));
    expect(lines.at(-1)).toBe('stdout line 199\n');
    const first = 200 - lines.length;
    expect(lines).toEqual(lines.map((_, index) => `stdout line ${first + index}\n`));
    expect(lines.length).toBeGreaterThan(20);
  });

  test('a second run of the container goes on', async () => {
    const path = newLog();
    await logOf(path, ['a']);
    await logOf(path, ['b']);
    expect(texts(await read(path))).toEqual(['stdout a\n', 'stdout b\n']);
  });

  test('a line that a crash cut off costs nothing but itself', async () => {
    const path = newLog();
    await logOf(path, ['a']);
    appendFileSync(path, '{"s":"o","t":"2024-01-0');
    await logOf(path, ['b']);
    expect(texts(await read(path))).toEqual(['stdout a\n', 'stdout b\n']);
  });

  test('a disk that takes nothing ends nobody, and what was lost is counted', async () => {
    const writer = await LogWriter.open('/dev/full');
    await writer.write('stdout', Buffer.from('lost\n'));
    await writer.write('stderr', Buffer.from('lost too\nrest'));
    await writer.end();
    expect(writer.lostBytes).toBe(18);
  });

  test('it goes on when there is room again', async () => {
    const path = newLog();
    const writer = await LogWriter.open(path, { maxBytes: 1 });
    await writer.write('stdout', Buffer.from('a\n'));
    // A directory in its place keeps the file from being rotated.
    const blocked = olderLog(path);
    mkdirSync(join(blocked, 'full'), { recursive: true });
    await writer.write('stdout', Buffer.from('lost\n'));
    rmSync(blocked, { recursive: true });
    await writer.write('stdout', Buffer.from('b\n'));
    await writer.end();
    expect(writer.lostBytes).toBe(5);
    expect(texts(await read(path))).toEqual(['stdout a\n', 'stdout b\n']);
  });
});

describe('entries', () => {
  test.each([
    '',
    '{',
    'null',
    '[]',
    '1',
    '{"s":"o"}',
    '{"s":"x","t":"2024-01-01T00:00:00Z","d":""}',
    '{"s":"o","t":"when","d":""}',
    '{"s":"o","t":1,"d":""}',
    '{"s":"o","t":"2024-01-01T00:00:00Z","d":1}',
    '{"s":"o","t":"2024-01-01T00:00:00Z"}',
  ])('%j is none', (line) => {
    expect(parseLogEntry(line)).toBeUndefined();
  });
});

describe('reading', () => {
  test('a log that is not there is empty', async () => {
    expect(await read(newLog())).toEqual([]);
    expect(await read(newLog(), { tail: 3 })).toEqual([]);
  });

  test.each([
    [0, []],
    [1, ['e']],
    [2, ['d', 'e']],
    [5, ['a', 'b', 'c', 'd', 'e']],
    [9, ['a', 'b', 'c', 'd', 'e']],
  ])('the last %i lines', async (tail, expected) => {
    const path = newLog();
    await logOf(path, ['a', 'b', 'c', 'd', 'e']);
    expect(texts(await read(path, { tail }))).toEqual(expected.map((line) => `stdout ${line}\n`));
  });

  test('the last lines of a large log, across its two files and blocks', async () => {
    const path = newLog();
    await logOf(
      path,
      Array.from({ length: 3000 }, (_, index) => `old ${index} ${'x'.repeat(100)}`),
    );
    renameSync(path, olderLog(path));
    await logOf(
      path,
      Array.from({ length: 2000 }, (_, index) => `new ${index} ${'x'.repeat(100)}`),
    );
    const first = async (tail: number): Promise<string> => {
      const entries = await read(path, { tail });
      expect(entries).toHaveLength(Math.min(tail, 5000));
      return Buffer.from(entries[0]!.data).toString().slice(0, 8);
    };
    expect(await first(1)).toBe('new 1999');
    expect(await first(1999)).toBe('new 1 xx');
    expect(await first(2000)).toBe('new 0 xx');
    expect(await first(2001)).toBe('old 2999');
    expect(await first(4000)).toBe('old 1000');
    expect(await first(9000)).toBe('old 0 xx');
  });

  test('of a time', async () => {
    const path = newLog();
    await logOf(path, ['a', 'b', 'c', 'd']);
    expect(texts(await read(path, { sinceMs: 2000, untilMs: 3000 }))).toEqual(['stdout b\n', 'stdout c\n']);
    expect(await read(path, { sinceMs: 5000 })).toEqual([]);
    expect(texts(await read(path, { tail: 3, untilMs: 2000 }))).toEqual(['stdout b\n']);
  });

  test('a line without an end is read when it has one', async () => {
    const path = newLog();
    await logOf(path, ['a']);
    const whole = readFileSync(path, 'latin1');
    appendFileSync(path, whole.slice(0, 10));
    expect(texts(await read(path, { tail: 1 }))).toEqual(['stdout a\n']);
  });

  test('a huge line that is no entry is passed over in little memory', async () => {
    const path = newLog();
    writeFileSync(path, Buffer.concat([Buffer.alloc(5_000_000, 'x'), Buffer.from('\n')]));
    await logOf(path, ['a']);
    expect(texts(await read(path))).toEqual(['stdout a\n']);
  });
});

describe('following', () => {
  test('sees lines as they come, across rotations, and ends with the container', async () => {
    const path = newLog();
    const seen: LogEntry[] = [];
    let end = (): void => undefined;
    const ended = new Promise<void>((resolve) => (end = resolve));
    const following = (async () => {
      for await (const entry of readLog(path, { follow: true, ended })) seen.push(entry);
    })();
    const writer = await LogWriter.open(path, { maxBytes: 1500 });
    for (let count = 0; count < 100; count++) {
      await writer.write('stdout', Buffer.from(`line ${count}\n`));
      if (count % 10 === 9) await until(`line ${count} was seen`, () => seen.length === count + 1);
    }
    expect(existsSync(olderLog(path))).toBe(true);
    await writer.write('stdout', Buffer.from('last'));
    await writer.end();
    end();
    await following;
    expect(texts(seen)).toEqual([
      ...Array.from({ length: 100 }, (_, n) => `stdout line ${n}\n`),
      'stdout last',
    ]);
  });

  test('does nothing while nothing happens', async () => {
    const path = newLog();
    await logOf(path, ['a']);
    const giveUp = new AbortController();
    const seen: LogEntry[] = [];
    const following = (async () => {
      for await (const entry of readLog(path, { follow: true, signal: giveUp.signal })) seen.push(entry);
    })();
    await until('the first line came', () => seen.length === 1);
    const before = process.cpuUsage();
    await sleep(300);
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1000).toBeLessThan(100);
    giveUp.abort();
    await following;
    expect(seen).toHaveLength(1);
  });

  test('ends when the time is over', async () => {
    const path = newLog();
    await logOf(path, ['a']);
    expect(await read(path, { follow: true, untilMs: Date.now() + 50 })).toHaveLength(1);
  });

  test('begins with the last lines', async () => {
    const path = newLog();
    await logOf(path, ['a', 'b']);
    expect(texts(await read(path, { follow: true, tail: 1, ended: Promise.resolve() }))).toEqual([
      'stdout b\n',
    ]);
  });

  test('of a container that has ended gives what there is', async () => {
    const path = newLog();
    await logOf(path, ['a', 'b']);
    expect(await read(path, { follow: true, ended: Promise.resolve() })).toHaveLength(2);
  });
});
