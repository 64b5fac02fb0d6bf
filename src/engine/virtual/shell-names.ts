// Names that mean a shell.

export const SHELLS: ReadonlySet<string> = new Set(['sh', 'bash', 'ash', 'dash']);

export const RUN_COMMAND_PATH = '/usr/bin/phyllo-run';

/** Parts of a shell itself: no file needs to stand for them. */
export const BUILT_IN: ReadonlySet<string> = new Set([
  'echo',
  'printf',
  'test',
  '[',
  'true',
  'false',
  'pwd',
  'help',
  'history',
  'alias',
  'unalias',
]);
