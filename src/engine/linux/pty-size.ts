// The size of the terminal that a process has inside. crun does not hand a change on from the terminal that it runs on, so
// that we set it ourselves; for a runtime that does it makes no difference.
import { readFile, readdir, readlink } from 'node:fs/promises';
import { runProgram } from '../../lib/run-program.ts';
import type { TerminalSize } from '../io.ts';

/** Sizes come from strangers, and programs take memory by them. */
const MAX_SIZE: TerminalSize = { columns: 1000, rows: 1000 };
const STREAMS = [0, 1, 2];
const TIMEOUT_MS = 2000;

export function clampedSize({ columns, rows }: TerminalSize): TerminalSize {
  return { columns: within(columns, MAX_SIZE.columns), rows: within(rows, MAX_SIZE.rows) };
}

function within(value: number, most: number): number {
  return Number.isFinite(value) ? Math.min(Math.max(1, Math.trunc(value)), most) : 1;
}

/** `pid` is the runtime, in the agent's namespace; the process that it started is its child. */
export async function resizeInner(pid: number, { columns, rows }: TerminalSize): Promise<void> {
  try {
    for (const child of await childrenOf(pid)) {
      const terminal = await terminalOf(child);
      if (terminal === undefined) continue;
      await runProgram('stty', ['-F', terminal, 'rows', String(rows), 'cols', String(columns)], {
        timeout: TIMEOUT_MS,
      });
    }
  } catch {
    // It ended meanwhile, or has put something else in the place of its terminal: then it has no size to be told.
  }
}

/** Each thread has those that it started. */
async function childrenOf(pid: number): Promise<string[]> {
  const tasks = `/proc/${pid}/task`;
  const lists = (await readdir(tasks)).map((thread) => readFile(`${tasks}/${thread}/children`, 'latin1'));
  return (await Promise.all(lists)).join(' ').split(/\s+/).filter(Boolean);
}

/** The stream by which it has one. Named through its descriptor: paths inside are the container's to choose. */
async function terminalOf(pid: string): Promise<string | undefined> {
  for (const stream of STREAMS) {
    const path = `/proc/${pid}/fd/${stream}`;
    if (/^\/(?:dev\/pts\/)?\d+$/.test(await readlink(path))) return path;
  }
  return undefined;
}
