// What a step writes becomes lines, bounded whatever it writes.
import { expect, test } from 'vitest';
import type { OutputLine } from '../../src/build/build.ts';
import { StepOutput } from '../../src/build/step-output.ts';

function told(...chunks: readonly (string | Uint8Array)[]): readonly string[] {
  const lines: OutputLine[] = [];
  const output = new StepOutput(Date.now(), (line) => lines.push(line));
  const stream = output.stream('stdout');
  for (const chunk of chunks) stream.write(chunk);
  stream.end();
  expect(output.lines).toEqual(lines);
  return lines.map(({ text }) => text);
}

test.each([
  ['lines', ['a\nb\n'], ['a', 'b']],
  ['a line in pieces', ['a', 'b', 'c\nd'], ['abc', 'd']],
  ['empty lines', ['\n\na\n\n'], ['', '', 'a', '']],
  ['nothing', [], []],
  ['line ends of Windows', ['a\r\nb\r\n'], ['a', 'b']],
  ['a line that is written over', ['10%\r50%\r100%\ndone\n'], ['100%', 'done']],
  ['a line that is written over in pieces', ['10%', '\r50%', '\r'], ['50%']],
  ['returns alone', ['\r\r\n'], ['']],
  ['a character in two pieces', [Buffer.from([0xc3]), Buffer.from([0xa9, 0x0a])], ['é']],
  ['bytes that are no text', [Buffer.from([0xff, 0x61])], ['\ufffda']],
  ['half a character at the end', [Buffer.from([0x61, 0xc3])], ['a\ufffd']],
  ['what is not safe to show, as it is', ['\u001b[2J\0\n'], ['\u001b[2J\0']],
])('%s', (_, chunks, expected) => {
  expect(told(...chunks)).toEqual(expected);
});

test('both streams keep their lines apart, with their times', () => {
  const output = new StepOutput(Date.now() - 500, () => undefined);
  const [out, err] = [output.stream('stdout'), output.stream('stderr')];
  out.write('a');
  err.write('b\n');
  out.write('c\n');
  expect(output.lines.map(({ stream, text }) => [stream, text])).toEqual([
    ['stderr', 'b'],
    ['stdout', 'ac'],
  ]);
  expect(output.lines.every(({ atMs }) => atMs >= 500 && atMs < 60_000)).toBe(true);
});

test('long lines are cut, with a line feed at their end and without', () => {
  for (const end of ['', '\n']) {
    const lines = told(`${'x'.repeat(100_000)}${end}`, 'short');
    expect(Math.max(...lines.map((line) => line.length))).toBe(8192);
    expect(lines.join('')).toBe(`${'x'.repeat(100_000)}short`);
  }
});

test('of very many lines the last ones are kept, and all are told', () => {
  let count = 0;
  const output = new StepOutput(Date.now(), () => count++);
  const stream = output.stream('stdout');
  for (let at = 0; at < 30_000; at++) stream.write(`${at}\n`);
  stream.end();
  expect(count).toBe(30_000);
  expect(output.lines.length).toBeGreaterThanOrEqual(5000);
  expect(output.lines.length).toBeLessThanOrEqual(10_000);
  expect(output.lines.at(-1)?.text).toBe('29999');
});
