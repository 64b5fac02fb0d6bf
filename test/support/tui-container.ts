// A container that a test plays: what it writes, draws and prints is done by hand, on real stacks and live layers.
import type { ExploredContainer, LiveStack } from '../../src/app/container-services.ts';
import type { Container, ContainerStatus } from '../../src/engine/container.ts';
import type { LogEntry, LogOptions } from '../../src/engine/engine.ts';
import type { Io } from '../../src/engine/io.ts';
import { PhylloError } from '../../src/lib/errors.ts';
import { digestOf } from '../../src/oci/digest.ts';
import type { LayerTree } from '../../src/tree/layer-tree.ts';
import { allPaths, searchPaths } from '../../src/tree/search.ts';
import { type EntrySpec, layer } from './layers.ts';
import { exploredImage } from './tui-image.ts';
import { TIME, momentOf } from './tui-moment.ts';
import { FakeSession } from './tui-session.ts';

const IMAGE_ID = digestOf(Buffer.from('image'));

/** Whose container it is. */
interface Owner {
  readonly base: readonly LayerTree[];
  changed(): void;
}

export class FakeContainer {
  record: Container;
  readonly sessions: FakeSession[] = [];
  /** How often its layer is watched. */
  readonly listeners = new Set<{ live: (live: LiveStack) => void; error: (error: unknown) => void }>();
  private readonly owner: Owner;
  private readonly written = new Map<string, string | EntrySpec>();
  private readonly printed: LogEntry[] = [];
  private onPrint = (): void => {};
  private moment: LiveStack;

  constructor(owner: Owner, name: string, facts: Partial<Container>) {
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
    return momentOf(this.owner.base, layer([...this.written]), before);
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
