// phyllo rm: containers with their R/W layers.
import { isPhylloError } from '../../lib/errors.ts';
import type { Context } from '../context.ts';
import { forEach } from '../each.ts';

interface RmOptions {
  readonly force?: boolean;
  readonly volumes?: boolean;
}

export async function run(context: Context, args: readonly string[], options: RmOptions): Promise<void> {
  const { containers } = await context.services();
  await forEach(context, args, async (name) => {
    try {
      await containers.remove(name, options);
      return name;
    } catch (error) {
      if (!options.force || name === '' || !isPhylloError(error, 'not-found')) throw error;
      return null;
    }
  });
}
