// What lists tell of a container, in docker's words. Foreign text in it is not yet safe to show.
import type { Container } from '../engine/container.ts';
import { humanAgo, humanDuration } from '../lib/units.ts';
import { shortened } from './shortened.ts';

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
      // The rest of it is for `inspect`: a row has no room.
      return error === undefined ? 'Dead' : `Dead (${error.split(':', 1)[0]})`;
  }
}

/** In quotes, as docker has it: for looking at, not for a shell. */
export function commandText({ process }: Container, trunc: boolean): string {
  const [program = '', ...args] = process.argv;
  const text = [program, ...args.map((arg) => (arg.includes(' ') ? `'${arg}'` : arg))].join(' ');
  return JSON.stringify(trunc ? shortened(text, SHORT_COMMAND) : text);
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
