// Containers that a test plays: what they write, draw and print is done by hand, on real stacks and live layers.
import type {
  CommitRequest,
  ContainersService,
  ExecRequest,
  ExploredContainer,
  LiveStack,
  RunRequest,
} from '../../src/app/container-services.ts';
import type { Container, ContainerStatus } from '../../src/engine/container.ts';
import type { LogEntry, LogOptions } from '../../src/engine/engine.ts';
import type { Io, Session, SessionEnd, TerminalSize } from '../../src/engine/io.ts';
import { PhylloError } from '../../src/lib/errors.ts';
import type { LiveChange, LiveEvent, LiveTotals } from '../../src/snapshot/live-change.ts';
import { digestOf } from '../../src/oci/digest.ts';
import { type LayerTree, NodeFlag, NodeType } from '../../src/tree/layer-tree.ts';
import { mergeLayers } from '../../src/tree/merge.ts';
import { allPaths, searchPaths } from '../../src/tree/search.ts';
import { SquashView, contentBytes } from '../../src/tree/squash-view.ts';
import { ABSENT, type StackIndex } from '../../src/tree/stack-index.ts';
import { type EntrySpec, type LayerSpec, layer } from './layers.ts';
import { exploredImage } from './tui-image.ts';

const IMAGE_ID = digestOf(Buffer.from('image'));
const TIME = '2026-11-25T11:00:00Z';

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

export class FakeContainer {
  record: Container;
  readonly sessions: FakeSession[] = [];
  /** How often its layer is watched. */
  readonly listeners = new Set<{ live: (live: LiveStack) => void; error: (error: unknown) => void }>();
  private readonly owner: FakeContainers;
  private readonly written = new Map<string, string | EntrySpec>();
  private readonly printed: LogEntry[] = [];
  private onPrint = (): void => {};
  private moment: LiveStack;

  constructor(owner: FakeContainers, name: string, facts: Partial<Container>) {
    this.owner = owner;
    this.record = { ...record(name, owner.base.length), ...facts };
    this.moment = this.makeMoment(undefined);
  }

  become(status: ContainerStatus, exitCode?: number): void {
    const times = status === 'running' ? { startedAt: `${TIME}${Math.random()}` } : { finishedAt: TIME };
    this.record = { ...this.record, status, ...times, ...(exitCode !== undefined && { exitCode }) };
    if (status !== 'running') for (const session of this.sessions) session.end(exitCode ?? 0);
    this.owner.changed();
  }

  gone(): void {
    for (const session of this.sessions) session.end(137);
    const error = new PhylloError('not-found', `watch container ${this.record.name}: it is gone`);
    for (const listener of this.listeners) listener.error(error);
  }

  // ------------------------------------------------------------------- layer

  /** All of them in one moment. A path with `.wh.` is a whiteout; undefined takes the path out of the layer. */
  write(files: Readonly<Record<string, string | EntrySpec | undefined>>): void {
    for (const [path, spec] of Object.entries(files)) {
      if (spec === undefined) this.written.delete(path);
      else this.written.set(path, spec);
    }
    this.moment = this.makeMoment(this.moment);
    for (const { live } of this.listeners) live(this.moment);
  }

  now(): LiveStack {
    return this.moment;
  }

  private makeMoment(before: LiveStack | undefined): LiveStack {
    const tree = layer([...this.written]);
    const stack = mergeLayers([...this.owner.base, tree]);
    const changes = changesOf(mergeLayers(this.owner.base), tree);
    const events = before ? eventsBetween(before.changes, changes) : [];
    const live = { tree, changedBytes: new Map<number, number>(), movedFrom: new Map<number, Uint8Array>() };
    return { stack, live, changes, events, totals: totalsOf(changes) };
  }

  explored(): ExploredContainer {
    const first = this.moment;
    const instructions = [...this.owner.base.map((_, index) => `RUN make layer ${index}`), 'sh'];
    const layers = [...this.owner.base, first.live.tree];
    const explored = exploredImage({ layers, instructions }, first.stack);
    const moment = (): LiveStack => this.moment;
    return {
      ...explored,
      layers: explored.layers.slice(0, -1),
      title: this.record.name,
      container: this.record,
      get now() {
        return Promise.resolve(moment());
      },
      search: async (query) => searchPaths(allPaths(moment().stack), query),
      onLive: (live, error) => {
        const listener = { live, error };
        this.listeners.add(listener);
        return () => this.listeners.delete(listener);
      },
    };
  }

  // ---------------------------------------------------------------- terminal

  session(io: Io, command: readonly string[]): FakeSession {
    const session = new FakeSession(io, command);
    this.sessions.push(session);
    return session;
  }

  /** The newest session. */
  get terminal(): FakeSession {
    return this.sessions.at(-1)!;
  }

  print(text: string, stream: LogEntry['stream'] = 'stdout'): void {
    this.printed.push({ stream, time: TIME, data: Buffer.from(text) });
    this.onPrint();
  }

  async *logs({ follow, signal }: LogOptions): AsyncGenerator<LogEntry> {
    for (let at = 0; ;) {
      while (at < this.printed.length) yield this.printed[at++]!;
      if (!follow || signal?.aborted) return;
      await new Promise<void>((resolve) => {
        this.onPrint = resolve;
        signal?.addEventListener('abort', () => resolve());
      });
    }
  }
}

export class FakeSession implements Session {
  readonly command: readonly string[];
  readonly ended: Promise<SessionEnd>;
  /** What was typed into it, one character a byte. */
  input = '';
  readonly sizes: TerminalSize[] = [];
  detached = false;
  private readonly io: Io;
  private readonly resolve: (end: SessionEnd) => void;

  constructor(io: Io, command: readonly string[]) {
    this.io = io;
    this.command = command;
    const { promise, resolve } = Promise.withResolvers<SessionEnd>();
    this.ended = promise;
    this.resolve = resolve;
    io.stdin?.on('data', (chunk: Buffer) => (this.input += chunk.toString('latin1')));
  }

  /** Resolves when it was taken. */
  print(data: string | Uint8Array): Promise<void> {
    return new Promise((done) => this.io.stdout.write(Buffer.from(data as string), () => done()));
  }

  resize(size: TerminalSize): void {
    this.sizes.push(size);
  }

  detach(): void {
    this.detached = true;
    this.resolve({ kind: 'detached' });
  }

  end(exitCode: number): void {
    this.resolve({ kind: 'exited', exitCode });
  }
}

function record(name: string, layers: number): Container {
  return {
    id: digestOf(Buffer.from(name)).slice('sha256:'.length),
    engine: 'virtual',
    created: TIME,
    image: {
      name: 'app:1',
      id: IMAGE_ID,
      digest: IMAGE_ID,
      diffIDs: Array.from({ length: layers }, (_, index) => digestOf(Buffer.from([index]))),
    },
    process: {
      argv: ['/bin/sh'],
      env: ['PATH=/bin'],
      workingDir: '/',
      user: '',
      tty: true,
      stdin: true,
    },
    entrypoint: [],
    command: ['/bin/sh'],
    env: [],
    hostname: 'host',
    network: 'none',
    ports: [],
    mounts: [],
    readOnly: false,
    autoRemove: false,
    labels: {},
    stopSignal: 'SIGTERM',
    stopTimeoutSeconds: 10,
    name,
    status: 'running',
    pid: 0,
    startedAt: TIME,
    published: [],
    isolation: 'simulated',
  };
}

function changesOf(base: StackIndex, tree: LayerTree): LiveChange[] {
  const view = new SquashView(base);
  const changes: LiveChange[] = [];
  for (let node = 1; node < tree.count; node++) {
    if (tree.has(node, NodeFlag.implicit)) continue;
    const path = tree.pathBytes(node);
    const below = base.find(path);
    const version = below < 0 ? ABSENT : view.version[below]!;
    const isWhiteout = tree.type[node] === NodeType.whiteout;
    const from = version === ABSENT ? {} : { fromLayer: base.layerOf(version) };
    const old = version === ABSENT ? 0 : contentBytes(base, version);
    changes.push({
      path,
      node,
      type: tree.type[node] as LiveChange['type'],
      kind: isWhiteout ? 'whiteout' : version === ABSENT ? 'add' : 'copy-up',
      sizeBytes: tree.sizeBytes[node]!,
      changedBytes: Math.abs(tree.sizeBytes[node]! - old),
      ...from,
      ...(!isWhiteout && version !== ABSENT && { because: 'write' as const }),
      stamp: String(tree.sizeBytes[node]),
    });
  }
  return changes;
}

function eventsBetween(before: readonly LiveChange[], after: readonly LiveChange[]): LiveEvent[] {
  const key = ({ path }: LiveChange): string => Buffer.from(path).toString('latin1');
  const old = new Map(before.map((change) => [key(change), change]));
  const events: LiveEvent[] = [];
  for (const change of after) {
    const was = old.get(key(change));
    old.delete(key(change));
    if (!was) events.push({ time: TIME, action: change.kind, change });
    else if (was.stamp !== change.stamp) events.push({ time: TIME, action: 'write', change });
  }
  for (const change of old.values()) events.push({ time: TIME, action: 'undo', change });
  return events;
}

function totalsOf(changes: readonly LiveChange[]): LiveTotals {
  const count = (kind: LiveChange['kind']): number => changes.filter((change) => change.kind === kind).length;
  const sizeBytes = changes.reduce((sum, change) => sum + change.sizeBytes, 0);
  const changedBytes = changes.reduce((sum, change) => sum + change.changedBytes, 0);
  return {
    added: count('add'),
    copiedUp: count('copy-up'),
    whiteouts: count('whiteout'),
    sizeBytes,
    changedBytes,
    unchangedBytes: Math.max(0, sizeBytes - changedBytes),
  };
}
