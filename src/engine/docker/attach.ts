// Ties somebody's streams to a container's first process.
import type { Duplex } from 'node:stream';
import type { DockerClient } from '../../docker/client.ts';
import type { Fields } from '../../docker/fields.ts';
import { PhylloError } from '../../lib/errors.ts';
import type { Io, Session, TerminalSize } from '../io.ts';
import { statusOf } from './container-record.ts';
import { basePath, beginWait, inspectContainer, startContainer } from './lifecycle.ts';
import { HijackedSession } from './session.ts';

const DOING = 'attach to container';

/** As `Engine.attach`. */
export async function attachTo(client: DockerClient, id: string, io: Io): Promise<Session> {
  const inspected = await inspectContainer(client, id);
  if (statusOf(inspected.fields('State')) !== 'running') {
    throw new PhylloError('invalid-argument', `${DOING}: it does not run`, { hint: 'Start it first.' });
  }
  const { exitCode } = await beginWait(client, id, { condition: 'not-running' });
  return await openSession(client, { id, io: usable(io, inspected), inspected, exitCode });
}

/** As `Engine.startAttached`: tied to it before it starts, so that nothing is missed. */
export async function attachedStart(client: DockerClient, id: string, asked: Io): Promise<Session> {
  const inspected = await inspectContainer(client, id);
  const io = usable(asked, inspected);
  if (statusOf(inspected.fields('State')) === 'running') {
    throw new PhylloError('already-exists', 'start container: it runs already');
  }
  const connection = await openConnection(client, id, io);
  const giveUp = new AbortController();
  try {
    const { exitCode } = await beginWait(client, id, { condition: 'next-exit', signal: giveUp.signal });
    await startContainer(client, id);
    return await startSession(client, { id, io, inspected, exitCode, connection });
  } catch (error) {
    connection.destroy();
    giveUp.abort();
    throw error;
  }
}

/** A process whose input is not open is sent nothing. */
function usable(io: Io, inspected: Fields): Io {
  if (inspected.fields('Config').flag('OpenStdin')) return io;
  const { stdin: _, ...rest } = io;
  return rest;
}

interface Attachment {
  readonly id: string;
  readonly io: Io;
  readonly inspected: Fields;
  readonly exitCode: Promise<number>;
}

async function openSession(client: DockerClient, attachment: Attachment): Promise<Session> {
  const connection = await openConnection(client, attachment.id, attachment.io);
  return await startSession(client, { ...attachment, connection });
}

function openConnection(client: DockerClient, id: string, io: Io): Promise<Duplex> {
  const query = { stream: 1, stdout: 1, stderr: 1, stdin: io.stdin === undefined ? undefined : 1 };
  return client.hijack({ method: 'POST', path: `${basePath(id)}/attach`, query, doing: DOING });
}

async function startSession(
  client: DockerClient,
  { id, io, inspected, exitCode, connection }: Attachment & { readonly connection: Duplex },
): Promise<Session> {
  const tty = inspected.fields('Config').flag('Tty');
  const resize = async ({ columns, rows }: TerminalSize): Promise<void> => {
    const query = { w: columns, h: rows };
    await client.send({ method: 'POST', path: `${basePath(id)}/resize`, query, doing: 'resize terminal' });
  };
  if (tty && io.size) await resize(io.size).catch(() => undefined);
  return new HijackedSession({ connection, io, tty, doing: DOING, resize, exitCode: () => exitCode });
}
