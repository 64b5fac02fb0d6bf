// Work on containers that several screens offer.
import type { Container } from '../../engine/container.ts';
import { safeText } from '../../lib/text.ts';
import type { Host } from '../screen.ts';

export function startContainer(host: Host, { id, name }: Container): void {
  host.work(`starting ${name}`, async () => {
    await host.services.containers.start(id);
    return `${name} runs`;
  });
}

export function stopContainer(host: Host, { id, name, stopSignal, stopTimeoutSeconds }: Container): void {
  host.work(`stopping ${name}: ${stopSignal}, then SIGKILL after ${stopTimeoutSeconds} s`, async () => {
    await host.services.containers.stop(id);
    return `${name} stopped`;
  });
}

export function killContainer(host: Host, { id, name }: Container): void {
  host.confirm(`kill ${name}? Its processes get no time to end.`, () => {
    host.work(`killing ${name}`, async () => {
      await host.services.containers.kill(id, 'SIGKILL');
      return `${name} was killed`;
    });
  });
}

export function renameContainer(host: Host, { id, name }: Container): void {
  host.prompt({
    title: `another name for ${safeText(name)}`,
    text: name,
    onAccept: (next) => {
      host.work('renaming', async () => {
        await host.services.containers.rename(id, next);
        return `${name} is ${next} now`;
      });
    },
  });
}

/** Asks once for all of them; those that run are stopped by force. */
export function removeContainers(host: Host, containers: readonly Container[], onAccept: () => void): void {
  const names = containers.map(({ name }) => name).join(', ');
  const running = containers.filter(({ status }) => status === 'running').length;
  const warning =
    running === 0 ? '' : ` ${running === 1 ? 'One runs' : `${running} run`} and will be killed.`;
  host.confirm(`delete ${names}, with what was written in ${pronoun(containers)}?${warning}`, () => {
    onAccept();
    host.work('deleting', async () => {
      for (const { id } of containers)
        await host.services.containers.remove(id, { force: true, volumes: true });
      return `deleted ${names}`;
    });
  });
}

function pronoun({ length }: readonly Container[]): string {
  return length === 1 ? 'it' : 'them';
}
