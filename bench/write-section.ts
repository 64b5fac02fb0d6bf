// Puts a table into a document, between its two markers; the rest of the document stays.
import { readFile, writeFile } from 'node:fs/promises';
import { PhylloError } from '../src/lib/errors.ts';

const START = '<!-- bench:start -->';
const END = '<!-- bench:end -->';

export async function writeSection(path: string, text: string): Promise<void> {
  const document = await readFile(path, 'utf8');
  const start = document.indexOf(START);
  const end = document.indexOf(END, start);
  if (start < 0 || end < 0)
    throw new PhylloError('invalid-argument', `write ${path}: it lacks ${START} and ${END}`);
  const before = document.slice(0, start + START.length);
  await writeFile(path, `${before}\n\n${text}\n\n${document.slice(end)}`);
}
