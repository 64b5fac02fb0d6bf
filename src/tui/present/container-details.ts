// The detail pane for a container. Pure.
import type { Container, Mount } from '../../engine/container.ts';
import { safeText } from '../../lib/text.ts';
import { humanAgo } from '../../lib/units.ts';
import type { Theme } from '../theme/theme.ts';
import { portsText, stateText } from './container-rows.ts';
import { type Field, fieldLines } from './wrap.ts';

export function containerDetails(container: Container, width: number, theme: Theme, nowMs: number): string[] {
  return containerFields(container, nowMs).flatMap((field) => fieldLines(field, width, theme.muted));
}

function containerFields(container: Container, nowMs: number): Field[] {
  const { process: spec } = container;
  const list: Field[] = [];
  const add = (label: string, value: string | undefined): void => {
    if (value !== undefined && value !== '') list.push({ label, value: safeText(value) });
  };
  add('name', container.name);
  add('ID', container.id);
  add('image', `${container.image.name} (${container.image.id})`);
  add('state', stateLine(container, nowMs));
  add('problem', container.error);
  add('engine', container.isolation ? `${container.engine}: ${container.isolation}` : container.engine);
  add('command', spec.argv.join(' '));
  add('user', spec.user);
  add('directory', spec.workingDir);
  add('terminal', spec.tty ? 'yes' : 'no: what it prints is kept in its log');
  add('network', container.network);
  add('ports', portsText(container));
  for (const mount of container.mounts) add('mount', mountText(mount));
  if (container.readOnly) add('layer', 'read-only: it writes nothing but to its mounts');
  if (container.autoRemove) add('at its end', 'it is removed');
  for (const variable of spec.env) add('variable', variable);
  for (const [name, value] of Object.entries(container.labels)) add('label', `${name}=${value}`);
  return list;
}

function stateLine(container: Container, nowMs: number): string {
  const { status, startedAt, finishedAt, pid } = container;
  const when = status === 'running' ? startedAt : status === 'exited' ? finishedAt : undefined;
  const since = when === undefined ? '' : `, ${humanAgo(when, nowMs)}`;
  return `${stateText(container)}${since}${status === 'running' && pid > 0 ? `, process ${pid}` : ''}`;
}

function mountText(mount: Mount): string {
  switch (mount.type) {
    case 'bind':
      return `${mount.source} at ${mount.target}${mount.readOnly ? ', read-only' : ''}`;
    case 'volume':
      return `volume ${mount.name ?? 'of its own'} at ${mount.target}${mount.readOnly ? ', read-only' : ''}`;
    case 'tmpfs':
      return `memory at ${mount.target}`;
  }
}
