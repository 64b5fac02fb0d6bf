// Watches the directories of an upperdir, and tells the R/W layer anew soon after it changed.
import { type FSWatcher, watch } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { isPhylloError, isSystemError } from '../lib/errors.ts';
import { exists } from '../lib/files.ts';
import type { LiveLayer } from './live-layer.ts';
import { UpperComparer } from './upper-compare.ts';
import { Moves } from './upper-moves.ts';
import type { UpperDirectory } from './upper-directory.ts';
import { type UpperOptions, UpperReader } from './upper-reader.ts';
import { liveLayerOf } from './upper-tree.ts';
import { WakeUp } from './upper-wake.ts';

/** Events that come together are told together. */
const SETTLE_MS = 15;
/** Under continuous writing. A large layer is told less often, so that telling takes a fifth of the time. */
const MIN_PERIOD_MS = 200;
const MAX_PERIOD_MS = 1000;
const COST_FACTOR = 5;
const POLL_MS = 1000;
/** inotify's queue holds 16384 events and drops what comes on top without a word to us. */
const SUSPICIOUS_EVENTS = 8192;
/** Comparing waits for the next turn after so much, so that what is new is shown first. */
const COMPARED_BYTES = 16 * 1024 * 1024;
const COMPARING_MS = 50;
/** When nothing else is new. */
const COMPARING_ON_MS = 200;
/** Files whose writes are looked after once it is quiet, to see whether this kernel tells of them. */
const MAX_SUSPECTS = 256;

export class UpperWatch {
  private readonly directory: string;
  private readonly options: UpperOptions;
  private reason: string | undefined;

  constructor(directory: string, options: UpperOptions & { readonly poll?: boolean } = {}) {
    this.directory = directory;
    this.options = options;
    if (options.poll === true) this.reason = 'asked for';
  }

  /** Why changes are looked for once a second instead of being told by the system; undefined when they are told. */
  get polling(): string | undefined {
    return this.reason;
  }

  /**
   * The layer at once, and again after every change, until the signal or until the upperdir is gone. While nothing
   * happens there is no timer. Throws `not-found`, `io`.
   */
  async *layers(signal?: AbortSignal): AsyncGenerator<LiveLayer> {
    const watching = new Watching(this.directory, this.options, (why) => (this.reason ??= why));
    if (this.reason !== undefined) watching.poll();
    const stop = (): void => watching.stop();
    signal?.addEventListener('abort', stop);
    try {
      if (signal?.aborted !== true) yield* watching.layers(signal);
    } catch (error) {
      if (!isPhylloError(error, 'cancelled')) throw error;
    } finally {
      signal?.removeEventListener('abort', stop);
      watching.close();
    }
  }
}

class Watching {
  private readonly directory: string;
  private readonly reader: UpperReader;
  private readonly comparer: UpperComparer;
  private readonly moves: Moves;
  private readonly watchers = new Map<UpperDirectory, FSWatcher>();
  private readonly wakeUp = new WakeUp();
  private readonly onPolling: (why: string) => void;
  /** Names that events were about since it was last checked that events come. */
  private suspects: { readonly directory: UpperDirectory; readonly name: string }[] = [];
  private events = 0;
  private isPolling = false;
  private isStopped = false;

  constructor(directory: string, options: UpperOptions, onPolling: (why: string) => void) {
    this.onPolling = onPolling;
    this.directory = directory;
    this.reader = new UpperReader(directory, options, {
      entered: (entered, place) => this.enter(entered, place),
      left: (left) => this.leave(left),
    });
    this.comparer = new UpperComparer(this.reader);
    this.moves = new Moves(this.reader);
  }

  poll(): void {
    this.isPolling = true;
  }

  stop(): void {
    this.isStopped = true;
    this.wakeUp.now();
  }

  close(): void {
    for (const watcher of this.watchers.values()) watcher.close();
    this.watchers.clear();
    this.reader.close();
  }

  async *layers(signal: AbortSignal | undefined): AsyncGenerator<LiveLayer> {
    let isFirst = true;
    while (!this.isStopped) {
      const begun = performance.now();
      const isNew = this.reader.isStale;
      let changed = await this.reader.read(signal);
      const untilMs = performance.now() + (isNew ? COMPARING_MS : COMPARING_ON_MS);
      const budget = { bytesLeft: COMPARED_BYTES, untilMs, signal };
      changed = (await this.comparer.proceed(budget)) || changed;
      const isNews = changed || isFirst || this.moves.isUnfinished;
      const live = isNews ? await this.look(signal) : undefined;
      const cost = performance.now() - begun;
      if (this.isStopped) return;
      // Whoever removes a container takes its folder away first and empties it then: that is no change of its layer.
      if (!isFirst && !(await exists(this.directory))) return;
      if (live !== undefined) yield live;
      isFirst = false;
      if (this.reader.isGone) return;
      await this.quiet(Math.min(MAX_PERIOD_MS, Math.max(MIN_PERIOD_MS, cost * COST_FACTOR)) - cost);
    }
  }

  private async look(signal: AbortSignal | undefined): Promise<LiveLayer> {
    const moved = await this.moves.find({ bytesLeft: COMPARED_BYTES, signal });
    return liveLayerOf(this.reader, moved);
  }

  /** Until there is something to be read, and the last telling is `pauseMs` ago. */
  private async quiet(pauseMs: number): Promise<void> {
    const until = performance.now() + pauseMs;
    while (!this.isStopped && !this.hasWork) await this.idle();
    const left = Math.max(SETTLE_MS, until - performance.now());
    if (!this.isStopped) await this.wakeUp.stopped(left, () => this.isStopped);
    if (this.events >= SUSPICIOUS_EVENTS) this.reader.markAll();
    this.events = 0;
  }

  private get hasWork(): boolean {
    return this.reader.isStale || this.reader.uncompared.size > 0 || this.moves.isUnfinished;
  }

  private async idle(): Promise<void> {
    if (this.isPolling) {
      await this.wakeUp.wait(POLL_MS);
      this.reader.markAll();
    } else if (this.suspects.length > 0) {
      await this.wakeUp.wait(POLL_MS);
      if (!this.hasWork) await this.checkSuspects();
    } else await this.wakeUp.wait();
  }

  private enter(directory: UpperDirectory, place: Buffer): void {
    if (this.isPolling || this.watchers.has(directory)) return;
    try {
      const watcher = watch(place, { encoding: 'latin1', persistent: true });
      this.watchers.set(directory, watcher);
      watcher.on('change', (_, name) => this.tell(directory, String(name)));
      watcher.on('error', () => this.leave(directory));
    } catch (error) {
      if (['ENOENT', 'ENOTDIR'].some((code) => isSystemError(error, code))) return;
      const isFull = ['ENOSPC', 'EMFILE', 'ENFILE'].some((code) => isSystemError(error, code));
      this.giveUp(
        isFull ? 'the system has no more file watches to give' : 'the system watches no files here',
      );
    }
  }

  private leave(directory: UpperDirectory): void {
    this.watchers.get(directory)?.close();
    this.watchers.delete(directory);
  }

  private tell(directory: UpperDirectory, name: string): void {
    this.events++;
    // What happened to a directory itself is told to its parent as well, but for the top one.
    if (name === '.' || name === '') this.reader.markRoot();
    else {
      this.reader.mark(directory, name);
      if (this.suspects.length < MAX_SUSPECTS) this.suspects.push({ directory, name });
    }
    this.wakeUp.now();
  }

  private giveUp(why: string): void {
    this.isPolling = true;
    for (const watcher of this.watchers.values()) watcher.close();
    this.watchers.clear();
    this.onPolling(why);
  }

  /**
   * Some kernels tell of files that come and go in an upperdir but not of what is written to them through the overlay:
   * then a file that was just told of has changed since without a word.
   */
  private async checkSuspects(): Promise<void> {
    const { suspects } = this;
    this.suspects = [];
    const silent = suspects.filter(({ directory, name }) => !this.reader.isAsRead(directory, name));
    if (silent.length === 0) return;
    // An event may be on its way.
    await sleep(SETTLE_MS);
    const untold = silent.filter(({ directory, name }) => !this.reader.isMarked(directory, name));
    for (const { directory, name } of untold) this.reader.mark(directory, name);
    if (untold.length > 0) this.giveUp('this kernel does not tell of writes through an overlay');
  }
}
