// An agent that is started before the program itself is loaded: the two take about the same time, and wait for each other
// otherwise. A bundle of its own that has nothing but what that takes; the launcher asks it.
import { geteuid, platform } from 'node:process';
import { type LaunchedAgent, launchAgent } from './launch.ts';

/** Verbs that start a container when they are called rightly. */
const STARTS = new Set(['run']);
const OWN_ENGINES = new Set(['', 'auto', 'linux']);

/**
 * `argv` begins with the verb. undefined where it is not plain that an agent of root will be wanted; one that is not
 * asked for anything ends with this process.
 */
export function launchAhead(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): LaunchedAgent | undefined {
  if (platform !== 'linux' || geteuid?.() !== 0 || !startsHere(argv, env)) return undefined;
  const agent = launchAgent('run', 'root');
  agent.release();
  agent.channel.unref();
  return agent;
}

/** Another engine may be named anywhere: to be sure of that takes the whole command line to be understood. */
export function startsHere(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): boolean {
  const isForeign = argv.some((arg) => arg.startsWith('--engine') || arg === '--help' || arg === '-h');
  return (
    STARTS.has(argv[0] ?? '') && argv.length > 1 && !isForeign && OWN_ENGINES.has(env['PHYLLO_ENGINE'] ?? '')
  );
}
