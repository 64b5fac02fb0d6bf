// Images on their way: pulls, pushes, loads and saves, with their layers. They run as jobs; what ended stays in the
// list, so that it can be read and tried again.
import type { LayerEvent, TransferLayer } from '../app/registry-services.ts';
import type { WorkOptions } from '../app/services.ts';
import { isPhylloError } from '../lib/errors.ts';
import type { Progress } from '../lib/progress.ts';
import type { Job, Jobs } from './jobs.ts';
import { Rate } from './rate.ts';
import type { Screen } from './screen.ts';

export type TransferKind = 'pull' | 'push' | 'load' | 'save';
export type TransferState = 'running' | 'done' | 'failed' | 'cancelled';

export interface TransferReports extends WorkOptions {
  readonly onLayer: (event: LayerEvent) => void;
  readonly onLayers: (layers: readonly TransferLayer[]) => void;
}

export interface TransferRequest {
  readonly kind: TransferKind;
  /** A reference, or the path of a file. */
  readonly name: string;
  /** An image of the store that it is about, once it is done. */
  readonly image?: string;
  /** Resolves with what is said at the end. */
  readonly work: (reports: TransferReports) => Promise<string | undefined>;
}

export interface LayerTransfer {
  /** A digest, or what takes its place. */
  readonly key: string;
  /** In docker's words. */
  status: string;
  detail: string;
  doneBytes: number;
  /** Undefined until it is known. */
  totalBytes: number | undefined;
  /** What was there when it began: fetched by an earlier try. */
  firstBytes: number | undefined;
  readonly rate: Rate;
}

/** No byte of such a layer is moved. */
const THERE = new Set(['Already exists', 'Layer already exists', 'Mounted from']);

/** Nothing more happens to such a layer. */
const ENDED = new Set([...THERE, 'Pull complete', 'Pushed', 'Loaded', 'Saved']);

export function isEnded({ status }: LayerTransfer): boolean {
  return ENDED.has(status);
}

export function isThere({ status }: LayerTransfer): boolean {
  return THERE.has(status);
}

const MOVED = new Set(['Download complete', 'Extracting', 'Pull complete', 'Pushed']);
const VERBS: Readonly<Record<TransferKind, string>> = {
  pull: 'pulling',
  push: 'pushing',
  load: 'loading',
  save: 'saving',
};

export class Transfer {
  readonly id: number;
  readonly request: TransferRequest;
  readonly layers = new Map<string, LayerTransfer>();
  readonly rate = new Rate();
  state: TransferState = 'running';
  error: unknown;
  /** What was said at the end. */
  message: string | undefined;
  job: Job | undefined;
  /** The sizes of all layers are known. */
  private announced = false;
  private readonly now: () => number;

  constructor(id: number, request: TransferRequest, now: () => number) {
    this.id = id;
    this.request = request;
    this.now = now;
  }

  announce(layers: readonly TransferLayer[]): void {
    for (const { digest, sizeBytes } of layers) {
      const layer = this.layers.get(digest) ?? this.add(digest, 'Waiting');
      layer.totalBytes ??= sizeBytes;
    }
    this.announced = true;
  }

  take({ layer: key, status, detail = '', doneBytes, totalBytes }: LayerEvent): void {
    const layer = this.layers.get(key) ?? this.add(key, status);
    layer.status = status;
    layer.detail = detail;
    layer.totalBytes = totalBytes ?? layer.totalBytes;
    if (MOVED.has(status)) this.reach(layer, layer.totalBytes ?? layer.doneBytes);
    else if (doneBytes !== undefined) this.reach(layer, doneBytes);
  }

  /** Work that tells one layer after the other without saying what becomes of it. */
  progress({ item, doneBytes, totalBytes }: Progress): void {
    const isLoad = this.request.kind === 'load';
    const layer = this.layers.get(item) ?? this.add(item, '');
    const isWhole = totalBytes !== undefined && doneBytes >= totalBytes;
    layer.status = isWhole ? (isLoad ? 'Loaded' : 'Saved') : isLoad ? 'Loading' : 'Saving';
    layer.totalBytes = totalBytes;
    this.reach(layer, doneBytes);
  }

  private add(key: string, status: string): LayerTransfer {
    const layer: LayerTransfer = {
      key,
      status,
      detail: '',
      doneBytes: 0,
      totalBytes: undefined,
      firstBytes: undefined,
      rate: new Rate(),
    };
    this.layers.set(key, layer);
    return layer;
  }

  private reach(layer: LayerTransfer, doneBytes: number): void {
    layer.firstBytes ??= doneBytes;
    layer.doneBytes = doneBytes;
    layer.rate.add(this.now(), doneBytes);
    let moved = 0;
    for (const one of this.layers.values()) moved += Math.max(0, one.doneBytes - (one.firstBytes ?? 0));
    this.rate.add(this.now(), moved);
  }

  /** Of the layers that have to be moved; no total until all of them are known. */
  get sum(): { readonly doneBytes: number; readonly totalBytes: number | undefined } {
    let doneBytes = 0;
    let totalBytes = 0;
    for (const layer of this.layers.values()) {
      if (isThere(layer)) continue;
      doneBytes += layer.doneBytes;
      totalBytes += layer.totalBytes ?? layer.doneBytes;
    }
    return { doneBytes, totalBytes: this.announced ? totalBytes : undefined };
  }
}

const MAX_KEPT = 100;

export class Transfers {
  /** The newest first. */
  list: readonly Transfer[] = [];
  private readonly jobs: Jobs;
  private count = 0;

  constructor(jobs: Jobs) {
    this.jobs = jobs;
  }

  get running(): readonly Transfer[] {
    return this.list.filter(({ state }) => state === 'running');
  }

  /** On the screen `from` esc ends it, on others it goes on. */
  start(request: TransferRequest, from?: Screen): Transfer {
    const transfer = new Transfer(++this.count, request, this.jobs.events.now);
    this.list = [transfer, ...this.list.filter((one, at) => at < MAX_KEPT || one.state === 'running')];
    this.run(transfer, from);
    return transfer;
  }

  /** The same again, in the place of the old one; what runs is left alone. Returns what is there now. */
  retry(transfer: Transfer): Transfer {
    if (transfer.state === 'running') return transfer;
    const next = new Transfer(++this.count, transfer.request, this.jobs.events.now);
    this.list = this.list.map((one) => (one === transfer ? next : one));
    this.run(next, undefined);
    return next;
  }

  cancel(transfer: Transfer): void {
    if (transfer.state === 'running') transfer.job?.cancel();
  }

  /** Takes what has ended off the list. */
  forget(transfer: Transfer): void {
    if (transfer.state === 'running') return;
    this.list = this.list.filter((one) => one !== transfer);
    this.jobs.events.onChange();
  }

  private run(transfer: Transfer, from: Screen | undefined): void {
    const { kind, name } = transfer.request;
    const title = `${VERBS[kind]} ${name}`;
    transfer.job = this.jobs.start(title, (options) => this.watched(transfer, options), {
      isEndedOn: (screen) => screen === from,
    });
  }

  private async watched(transfer: Transfer, options: WorkOptions): Promise<string | undefined> {
    const { onProgress = () => {} } = options;
    const tell = (): void => onProgress({ item: transfer.request.name, ...definite(transfer.sum) });
    try {
      const message = await transfer.request.work({
        ...options,
        onProgress: (progress) => {
          transfer.progress(progress);
          onProgress(progress);
        },
        onLayers: (layers) => {
          transfer.announce(layers);
          tell();
        },
        onLayer: (event) => {
          transfer.take(event);
          tell();
        },
      });
      transfer.state = 'done';
      transfer.message = message;
      return message;
    } catch (error) {
      transfer.state = isPhylloError(error, 'cancelled') ? 'cancelled' : 'failed';
      transfer.error = error;
      throw error;
    }
  }
}

function definite({ doneBytes, totalBytes }: Transfer['sum']): Pick<Progress, 'doneBytes' | 'totalBytes'> {
  return totalBytes === undefined ? { doneBytes } : { doneBytes, totalBytes };
}
