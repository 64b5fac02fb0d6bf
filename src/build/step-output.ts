// What a step writes, as lines. Much of it is kept, but never all that somebody may make us keep.
import { StringDecoder } from 'node:string_decoder';
import { Writable } from 'node:stream';
import type { OutputLine } from './build.ts';

const MAX_LINES = 5000;
const MAX_LINE_LENGTH = 8192;

export class StepOutput {
  readonly lines: OutputLine[] = [];
  private readonly startedMs: number;
  private readonly onLine: (line: OutputLine) => void;

  constructor(startedMs: number, onLine: (line: OutputLine) => void) {
    this.startedMs = startedMs;
    this.onLine = onLine;
  }

  stream(stream: OutputLine['stream']): Writable {
    const decoder = new StringDecoder('utf8');
    let rest = '';
    const take = (text: string): void => {
      const parts = (rest + text).split('\n');
      rest = parts.pop()!;
      for (const part of parts) this.add(stream, this.shortened(stream, part));
      rest = this.shortened(stream, rest);
    };
    return new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        take(decoder.write(chunk));
        done();
      },
      final: (done) => {
        take(decoder.end());
        if (rest !== '') this.add(stream, rest);
        done();
      },
    });
  }

  /** What is left of a long line, when its first pieces were told as lines of their own. */
  private shortened(stream: OutputLine['stream'], text: string): string {
    let from = 0;
    for (; text.length - from > MAX_LINE_LENGTH; from += MAX_LINE_LENGTH) {
      this.add(stream, text.slice(from, from + MAX_LINE_LENGTH));
    }
    return text.slice(from);
  }

  /** Of a line that was written over and over, as progress bars do, the last state counts. */
  private add(stream: OutputLine['stream'], text: string): void {
    const states = text.split('\r').filter((state) => state !== '');
    const line = { stream, text: states.at(-1) ?? '', atMs: Date.now() - this.startedMs };
    this.lines.push(line);
    if (this.lines.length > MAX_LINES * 2) this.lines.splice(0, MAX_LINES);
    this.onLine(line);
  }
}
