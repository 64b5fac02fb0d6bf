// phyllo demo: a guided demonstration on the screen.
import type { Context } from '../context.ts';
import { isInteractive } from '../io.ts';
import { openTerminalUI } from '../root.ts';
import { usageError } from '../usage.ts';

export async function run(context: Context, [name]: readonly string[]): Promise<void> {
  if (name !== 'cow')
    throw usageError('demo', `there is no demonstration ${JSON.stringify(name)}; there is cow`);
  if (!isInteractive(context.io)) {
    throw usageError('demo', 'it needs a terminal; samples/cow-demo has its steps as scripts');
  }
  await openTerminalUI(context, { demo: name });
}
