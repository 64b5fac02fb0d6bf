// phyllo logout: forgets the login of a registry.
import { safeText } from '../../lib/text.ts';
import type { Context } from '../context.ts';

export async function run(context: Context, [host = 'docker.io']: readonly string[]): Promise<void> {
  const { registries } = await context.services();
  const wasThere = await registries.logout(host);
  const text = wasThere ? 'Removing login credentials for' : 'Not logged in to';
  await context.out.line(`${text} ${safeText(host)}`);
}
