// How the engine gets at an agent: a new one for a container that does not run, the socket of one that does.
import { PhylloError } from '../../lib/errors.ts';
import type { FolderWork } from './agent-unpack.ts';
import { Exchange } from './client-exchange.ts';
import { connectControl } from './control-socket.ts';
import type { AgentOrder } from './control-protocol.ts';
import { type IdMap, type LaunchedAgent, launchAgent } from './launch.ts';

export class AgentLauncher {
  readonly idMap: IdMap;
  /** One that was started before it was known for what container. */
  private waiting: LaunchedAgent | undefined;

  /** `ahead` was started by somebody with the rights of root. */
  constructor(idMap: IdMap, ahead?: LaunchedAgent) {
    this.idMap = idMap;
    if (idMap === 'root') this.waiting = ahead;
    else ahead?.channel.destroy();
  }

  /** Starts an agent ahead: it is ready when the container is, which takes a third off the time until it runs. */
  prepare(mode: 'run' | 'step'): void {
    this.waiting ??= launchAgent(mode, this.idMap);
    this.waiting.release();
    this.waiting.channel.unref();
  }

  /** To start a container; the agent lives on without us. */
  run(order: AgentOrder, mode: 'run' | 'step'): Exchange {
    const agent = this.waiting ?? launchAgent(mode, this.idMap);
    this.waiting = undefined;
    agent.release();
    return this.open(agent, order, 'start container');
  }

  /** For work on the files of one that does not run. */
  serve(order: AgentOrder): Exchange {
    const agent = launchAgent('serve', this.idMap);
    agent.release();
    return this.open(agent, order, 'read files of container');
  }

  /** `ended` resolves when nothing works any more. */
  folder(work: FolderWork): { exchange: Exchange; ended: Promise<void>; kill: () => void } {
    const agent = launchAgent('folder', this.idMap);
    const exchange = this.open(agent, work, 'work on files of containers');
    return { exchange, ended: agent.ended, kill: () => agent.kill() };
  }

  close(): void {
    this.waiting?.channel.destroy();
    this.waiting = undefined;
  }

  private open(agent: LaunchedAgent, order: AgentOrder | FolderWork, doing: string): Exchange {
    agent.channel.ref();
    const exchange = new Exchange(agent.channel, () => agentVanished(agent, doing));
    exchange.send(order);
    return exchange;
  }
}

export async function connectAgent(directory: string): Promise<Exchange> {
  return new Exchange(await connectControl(directory));
}

/** What to tell when the channel ended without an answer. */
function agentVanished(agent: LaunchedAgent, doing: string): PhylloError {
  const reason = agent.stderr() || 'the process that holds the container was killed';
  return new PhylloError('engine-unavailable', `${doing}: ${reason}`, {
    hint: 'phyllo info tells what this machine lacks.',
  });
}
