// What lists tell of a container, in docker's words. Foreign text in it is not yet safe to show.
import type { Container } from '../engine/container.ts';
import { humanAgo, humanDuration } from '../lib/units.ts';

const SHORT_COMMAND = 20;

export function statusText(
  { status, exitCode, startedAt, finishedAt, error }: Container,
  nowMs: number,
): string {
  switch (status) {
    case 'created':
      return 'Created';
    case 'running':
      return `Up ${humanDuration(nowMs - Date.parse(startedAt ?? ''))}`;
    case 'exited':
      return `Exited (${exitCode ?? 0}) ${humanAgo(finishedAt, nowMs)}`;
    default:
      return error === undefined ? 'Dead' : `Dead (${error})`;
  }
}

export function commandText({ process }: Container, trunc: boolean): string {
  const text = process.argv.join(' ');
  if (!trunc || text.length <= SHORT_COMMAND) return text;
  return `${Array.from(text)
    .slice(0, SHORT_COMMAND - 1)
    .join('')}…`;
}

/** `0.0.0.0:8080->80/tcp, 443/tcp`: open ones first to be seen from here, then those that are only to be. */
export function portsText({ published, status, ports }: Container): string {
  if (status !== 'running') return '';
  const open = published.map(
    ({ hostIp, hostPort, containerPort, protocol }) =>
      `${hostIp.includes(':') ? `[${hostIp}]` : hostIp}:${hostPort}->${containerPort}/${protocol}`,
  );
  const closed = ports
    .filter(
      (port) =>
        !published.some((one) => one.containerPort === port.containerPort && one.protocol === port.protocol),
    )
    .map(({ containerPort, protocol }) => `${containerPort}/${protocol}`);
  return [...open, ...closed].join(', ');
}
