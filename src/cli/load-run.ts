// How start.ts gets at the rest of the program; the bundler takes load-run-script.ts instead.
import type * as Program from './run.ts';

export type { Program };

export const loadRun = (_args: readonly string[]): Promise<typeof Program> => import('./run.ts');
