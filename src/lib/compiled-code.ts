// Compiled code is kept from start to start, as the launcher of the program has it: most of the time that a program or a
// thread of ours takes to begin goes into compiling.
import { homedir } from 'node:os';
import { join } from 'node:path';
import { env } from 'node:process';

/** Where it is kept. */
export function compiledFolder(): string {
  return join(env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'phyllo');
}

/** Variables for Node. Threads take them from their own environment. */
export function compiledCode(): { readonly NODE_COMPILE_CACHE: string } {
  return { NODE_COMPILE_CACHE: env['NODE_COMPILE_CACHE'] || compiledFolder() };
}
