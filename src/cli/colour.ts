// The few colours of plain output. Off unless a terminal reads it; NO_COLOR, FORCE_COLOR and TERM=dumb are honoured.
import type { CliIo } from './io.ts';

export interface Colours {
  added(text: string): string;
  modified(text: string): string;
  removed(text: string): string;
  dim(text: string): string;
}

export function coloursFor(io: CliIo): Colours {
  const on = wantsColour(io);
  const paint = (code: number) => (text: string) => (on ? `\x1b[${code}m${text}\x1b[0m` : text);
  return { added: paint(32), modified: paint(33), removed: paint(31), dim: paint(2) };
}

function wantsColour({ env, stdout }: CliIo): boolean {
  const forced = env['FORCE_COLOR'];
  if (forced !== undefined && forced !== '') return forced !== '0' && forced !== 'false';
  if (env['NO_COLOR'] !== undefined && env['NO_COLOR'] !== '') return false;
  return stdout.isTTY === true && env['TERM'] !== 'dumb';
}
