// Real tools as oracles. Where one is missing its tests are skipped loudly; in CI that is a failure.
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { env } from 'node:process';

/** For `test.runIf(needTool('umoci'))`: are all of them on PATH? */
export function needTool(...names: readonly string[]): boolean {
  const folders = (env['PATH'] ?? '').split(delimiter);
  const missing = names.filter((name) => !folders.some((folder) => existsSync(join(folder, name))));
  if (missing.length === 0) return true;
  const message = `${missing.join(', ')} is not installed`;
  if (env['CI'] === 'true') throw new Error(`${message}, and tests in CI need it`);
  console.warn(`SKIPPED: ${message}; tests that compare with it do not run`);
  return false;
}
