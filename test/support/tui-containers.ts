// The containers of a test, and the service that tells of them.
import type {
  CommitRequest,
  ContainersService,
  ExecRequest,
  ExploredContainer,
  RunRequest,
} from '../../src/app/container-services.ts';
import type { Container } from '../../src/engine/container.ts';
import type { LogEntry, LogOptions } from '../../src/engine/engine.ts';
import type { Io, Session } from '../../src/engine/io.ts';
import { PhylloError } from '../../src/lib/errors.ts';
import { digestOf } from '../../src/oci/digest.ts';
import type { LayerTree } from '../../src/tree/layer-tree.ts';
import { type LayerSpec, layer } from './layers.ts';
import { FakeContainer } from './tui-container.ts';

export class FakeContainers implements ContainersService {
  readonly all: FakeContainer[] = [];
  readonly base: readonly LayerTree[];
  readonly commits: { readonly container: string; readonly request: CommitRequest }[] = [];
  readonly created: RunRequest[] = [];
  /** Runs the commands of sessions without a terminal, as a shell in the container would. */
  shell: (container: FakeContainer, command: readonly string[]) => { output: string; exitCode: number } =
    () => ({
      output: '',
      exitCode: 0,
    });
  /** Thrown by whatever is asked for next. */
  failure: Error | undefined;
  /** Requests that no container can be made for. */
  failOn: (request: RunRequest) => boolean = () => false;
  private readonly watchers = new Set<() => void>();

  constructor(base: readonly LayerSpec[]) {
    this.base = base.map(layer);
  }

  add(name: string, facts: Partial<Container> = {}): FakeContainer {
    const container = new FakeContainer(this, name, facts);
    this.all.unshift(container);
    this.changed();
    return container;
  }

  changed(): void {
    for (const watcher of this.watchers) watcher();
  }

  private fail(): void {
    const { failure } = this;
    this.failure = undefined;
    if (failure) throw failure;
  }

  find(name: string): FakeContainer {
    const found = this.all.find(({ record }) => record.id === name || record.name === name);
    if (!found) throw new PhylloError('not-found', `find container ${name}: there is none`);
    return found;
  }

  async engines(): ReturnType<ContainersService['engines']> {
    return { chosen: 'virtual', engines: [] };
  }

  async list(): Promise<Container[]> {
    this.fail();
    return this.all.map(({ record }) => record);
  }

  async get(container: string): Promise<Container> {
    return this.find(container).record;
  }

  async create(request: RunRequest): Promise<string> {
    this.fail();
    if (this.failOn(request)) throw new PhylloError('no-space', 'create container: no space left');
    this.created.push(request);
    const { tty = false, stdin = false, command = [] } = request;
    const name = request.name ?? `made_${this.created.length}`;
    const made = this.add(name, { status: 'created' });
    const { process } = made.record;
    const argv = command.length > 0 ? command : process.argv;
    made.record = { ...made.record, process: { ...process, argv, tty, stdin } };
    return made.record.id;
  }

  async start(container: string): Promise<void> {
    this.fail();
    this.find(container).become('running');
  }

  async startAttached(container: string, io: Io): Promise<Session> {
    await this.start(container);
    return this.find(container).session(io, []);
  }

  async attach(container: string, io: Io): Promise<Session> {
    this.fail();
    return this.find(container).session(io, []);
  }

  async exec(container: string, { command, tty }: ExecRequest, io?: Io): Promise<Session> {
    this.fail();
    const found = this.find(container);
    const session = found.session(io ?? { stdout: process.stdout, stderr: process.stderr }, command);
    if (tty) return session;
    const { output, exitCode } = this.shell(found, command);
    await session.print(output);
    session.end(exitCode);
    return session;
  }

  async wait(): Promise<number> {
    return 0;
  }

  async kill(container: string): Promise<void> {
    this.fail();
    this.find(container).become('exited', 137);
  }

  async stop(container: string): Promise<void> {
    this.fail();
    this.find(container).become('exited', 0);
  }

  async rename(container: string, name: string): Promise<void> {
    this.fail();
    const found = this.find(container);
    found.record = { ...found.record, name };
    this.changed();
  }

  async remove(container: string): Promise<void> {
    this.fail();
    const found = this.find(container);
    this.all.splice(this.all.indexOf(found), 1);
    found.gone();
    this.changed();
  }

  async logs(container: string, options: LogOptions = {}): Promise<AsyncIterable<LogEntry>> {
    this.fail();
    return this.find(container).logs(options);
  }

  async diskUsage(container: string): Promise<number> {
    return this.find(container).now().totals.sizeBytes;
  }

  async open(container: string): Promise<ExploredContainer> {
    this.fail();
    return this.find(container).explored();
  }

  async commit(container: string, request: CommitRequest): ReturnType<ContainersService['commit']> {
    this.fail();
    this.commits.push({ container: this.find(container).record.name, request });
    return digestOf(Buffer.from(`commit ${this.commits.length}`));
  }

  export = refuse;
  stat = refuse;
  getArchive = refuse;
  putArchive = refuse;
  prune = refuse;
  keptLayers = refuse;
  pruneLayers = refuse;

  watch(onChange: () => void): () => void {
    this.watchers.add(onChange);
    return () => this.watchers.delete(onChange);
  }
}

function refuse(): never {
  throw new Error('no test asks for that');
}
