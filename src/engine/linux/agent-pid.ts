// Under which number the machine knows a process that the agent knows under another.
import { readFile, readdir, readlink } from 'node:fs/promises';
import { HOST_PROC_FD } from './launch.ts';

const MAX_DEPTH = 4;

/** `pid` is of the agent's PID namespace, a descendant of the agent. 0 when it cannot be told. */
export async function hostPid(pid: number, proc = `/proc/self/fd/${HOST_PROC_FD}`): Promise<number> {
  try {
    const self = Number(await readlink(`${proc}/self`));
    const level = (await numbersOf(proc, self)).length - 1;
    let generation = [self];
    for (let depth = 0; depth < MAX_DEPTH; depth++) {
      generation = (await Promise.all(generation.map((parent) => childrenOf(proc, parent)))).flat();
      for (const each of generation) if ((await numbersOf(proc, each))[level] === pid) return each;
    }
  } catch {
    // The machine hides its processes from us, or this one has ended.
  }
  return 0;
}

/** One for each PID namespace that it is in, from the machine's inwards. */
async function numbersOf(proc: string, pid: number): Promise<number[]> {
  const status = await readFile(`${proc}/${pid}/status`, 'latin1').catch(() => '');
  return (/^NSpid:\s*(.*)$/m.exec(status)?.[1] ?? '').split(/\s+/).filter(Boolean).map(Number);
}

async function childrenOf(proc: string, pid: number): Promise<number[]> {
  const threads = await readdir(`${proc}/${pid}/task`).catch(() => []);
  const lists = await Promise.all(
    threads.map((thread) => readFile(`${proc}/${pid}/task/${thread}/children`, 'latin1').catch(() => '')),
  );
  return lists.join(' ').split(/\s+/).filter(Boolean).map(Number);
}
