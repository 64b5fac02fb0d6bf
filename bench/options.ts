// Arguments of `npm run bench -- …`.
import { parseArgs } from 'node:util';
import { PhylloError } from '../src/lib/errors.ts';

export interface Options {
  readonly size: 'default' | 'big';
  readonly images: readonly string[];
  /** Names of benches; empty for all. */
  readonly only: readonly string[];
  readonly rounds: number;
  /** A file between whose markers the table is put. */
  readonly write: string | undefined;
  readonly help: boolean;
}

export const USAGE = `npm run bench -- [options]
  --size default|big  the image that is made: 400 MB with 100,000 files, or 1.8 GB with 200,000
  --image PATH        measure this archive or layout instead; may be repeated, one for each form
  --only NAME         only this bench; may be repeated
  --rounds N          default 5
  --write FILE        put the table between <!-- bench:start --> and <!-- bench:end --> of FILE
`;

export function parseOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      size: { type: 'string', default: 'default' },
      image: { type: 'string', multiple: true, default: [] },
      only: { type: 'string', multiple: true, default: [] },
      rounds: { type: 'string', default: '5' },
      write: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  const { size, image: images, only, write, help } = values;
  const rounds = Number(values.rounds);
  if (size !== 'default' && size !== 'big')
    throw new PhylloError('invalid-argument', `run bench: --size is default or big, not ${size}`);
  if (!Number.isInteger(rounds) || rounds < 1)
    throw new PhylloError('invalid-argument', 'run bench: --rounds is a number from 1 on');
  return { size, images, only, rounds, write, help };
}
