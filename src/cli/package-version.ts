// The version, from package.json: beside dist/ in the package, at the top of the repository when run from source.
import { readFile } from 'node:fs/promises';
import { PhylloError } from '../lib/errors.ts';

export async function packageVersion(): Promise<string> {
  for (const place of ['../package.json', '../../package.json']) {
    const text = await readFile(new URL(place, import.meta.url), 'utf8').catch(() => undefined);
    const found = text === undefined ? undefined : (JSON.parse(text) as { name?: string; version?: string });
    if (found?.name === 'phyllo' && found.version !== undefined) return found.version;
  }
  throw new PhylloError('not-found', 'read version: package.json is missing', {
    hint: 'Install phyllo again.',
  });
}
