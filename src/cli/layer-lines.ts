// What a pull or push tells of its layers: docker's lines where no terminal reads them, one line that rewrites itself below
// them where one does, events where a program does.
import type { LayerEvent, LayerStatus } from '../app/registry-services.ts';
import { safeText } from '../lib/text.ts';
import { shortDigest } from '../oci/digest.ts';
import type { Context } from './context.ts';
import { safeJson } from './json.ts';
import { ProgressLine } from './progress.ts';

export interface LayerReporter {
  readonly onLayer: (event: LayerEvent) => void;
  /** A line of its own, on standard error. */
  readonly note: (text: string) => void;
  /** Something that a program wants to know too; `body` has its name as `event`. */
  readonly event: (body: Readonly<Record<string, unknown>>) => void;
  /** When all that was told is written. */
  told(): Promise<void>;
}

export type ProgressForm = 'auto' | 'plain' | 'json' | 'quiet';

/** What is passing: on a terminal it is told by the line that rewrites itself. */
const PASSING = new Set<LayerStatus>(['Downloading', 'Pushing']);
const FIRST = new Set<LayerStatus>(['Pulling fs layer', 'Preparing', 'Extracting', 'Download complete']);

export function layerReporter(context: Context, schema: string, form: ProgressForm): LayerReporter {
  if (form === 'json') return new JsonLines(context, schema);
  return new Lines(context, form);
}

class Lines implements LayerReporter {
  private readonly context: Context;
  private readonly form: ProgressForm;
  private readonly live: ProgressLine;
  private readonly isTerminal: boolean;
  private readonly done = new Map<string, { doneBytes: number; totalBytes: number }>();
  private written: Promise<unknown> = Promise.resolve();

  constructor(context: Context, form: ProgressForm) {
    this.context = context;
    this.form = form;
    this.isTerminal = form === 'auto' && context.io.stderr.isTTY === true;
    this.live = new ProgressLine(context.io, !this.isTerminal);
  }

  readonly onLayer = ({ layer, status, detail, doneBytes, totalBytes }: LayerEvent): void => {
    if (this.form === 'quiet') return;
    if (doneBytes !== undefined && totalBytes !== undefined) {
      this.done.set(layer, { doneBytes, totalBytes });
      return this.showSum(status);
    }
    if (PASSING.has(status) || (this.isTerminal && FIRST.has(status))) return;
    this.note(`${shortDigest(layer)}: ${[status, detail].filter(Boolean).join(' ')}`);
  };

  private showSum(status: LayerStatus): void {
    const layers = [...this.done.values()];
    const doneBytes = layers.reduce((sum, one) => sum + one.doneBytes, 0);
    const totalBytes = layers.reduce((sum, one) => sum + one.totalBytes, 0);
    this.live.report({ item: status, doneBytes, totalBytes });
  }

  readonly note = (text: string): void => {
    this.live.clear();
    this.written = this.written.then(() => this.context.note(text));
  };

  readonly event = (): void => undefined;

  async told(): Promise<void> {
    this.live.clear();
    await this.written;
  }
}

class JsonLines implements LayerReporter {
  private readonly context: Context;
  private readonly schema: string;
  private written: Promise<unknown> = Promise.resolve();
  private failure: { readonly error: unknown } | undefined;

  constructor(context: Context, schema: string) {
    this.context = context;
    this.schema = schema;
  }

  readonly onLayer = ({ layer, status, detail, doneBytes, totalBytes }: LayerEvent): void => {
    this.event({
      event: 'layer',
      layer,
      status,
      ...(detail !== undefined && { detail: safeText(detail) }),
      ...(doneBytes !== undefined && { done: doneBytes }),
      ...(totalBytes !== undefined && { total: totalBytes }),
    });
  };

  readonly note = (text: string): void => this.event({ event: 'notice', text: safeText(text) });

  readonly event = (body: Readonly<Record<string, unknown>>): void => {
    const line = safeJson({ schema: this.schema, ...body });
    this.written = this.written
      .then(() => this.context.out.line(line))
      .catch((error: unknown) => (this.failure ??= { error }));
  };

  async told(): Promise<void> {
    await this.written;
    if (this.failure) throw this.failure.error;
  }
}
