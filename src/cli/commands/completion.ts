// phyllo completion: scripts for shells, made from the verb table.
import type { Context } from '../context.ts';
import { completionScript, SHELLS, type Shell } from '../completion-script.ts';
import { usageError } from '../usage.ts';

export async function run(context: Context, args: readonly string[]): Promise<void> {
  const shell = SHELLS.find((name): name is Shell => name === args[0]);
  if (shell === undefined) {
    throw usageError(
      'completion',
      `there is no script for ${JSON.stringify(args[0])}, only for ${SHELLS.join(', ')}`,
    );
  }
  await context.out.write(completionScript(shell));
}
