// Progress of a long job as engines tell it: one JSON object after the other, a line each.
import { PhylloError } from '../lib/errors.ts';
import { type Fields, parseFields } from './fields.ts';

const MAX_LINE_BYTES = 1024 * 1024;
const LINE_FEED = 0x0a;

/** Throws `network`, `limit-exceeded`. */
export async function* jsonLines(input: AsyncIterable<Uint8Array>, doing: string): AsyncGenerator<Fields> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of input) {
    rest = Buffer.concat([rest, chunk]);
    for (let end = rest.indexOf(LINE_FEED); end >= 0; end = rest.indexOf(LINE_FEED)) {
      const line = rest.subarray(0, end);
      rest = rest.subarray(end + 1);
      if (!isBlank(line)) yield parseFields(line, doing);
    }
    if (rest.length > MAX_LINE_BYTES) {
      throw new PhylloError(
        'limit-exceeded',
        `${doing}: a line of the answer is larger than ${MAX_LINE_BYTES} bytes`,
      );
    }
  }
  if (!isBlank(rest)) yield parseFields(rest, doing);
}

function isBlank(line: Uint8Array): boolean {
  return line.every((byte) => byte === 0x0d || byte === 0x20);
}
