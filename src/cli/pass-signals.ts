// Signals that phyllo gets while it is tied to a container are the container's.
import type { ContainersService } from '../app/container-services.ts';
import type { Session } from '../engine/io.ts';
import type { Context } from './context.ts';

const ENDING: ReadonlySet<string> = new Set(['SIGINT', 'SIGTERM']);
/** As docker has it: the first process of a container ends by a signal only if it wants to. */
const PATIENCE = 3;

/** Passes each signal on; whoever asks for an end the third time is let go, with 1, and the container goes on. */
export function passSignals(
  context: Context,
  containers: ContainersService,
  id: string,
): (name: string, session: Session) => void {
  let asked = 0;
  return (name, session) => {
    if (!ENDING.has(name) || ++asked < PATIENCE) return void containers.kill(id, name).catch(ignore);
    context.exitCode = 1;
    void context.note(
      `Asked ${PATIENCE} times, and it runs still: left alone. phyllo kill ${id.slice(0, 12)} ends it.`,
    );
    session.detach();
  };
}

function ignore(): void {}
