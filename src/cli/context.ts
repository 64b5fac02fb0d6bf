// What a verb works with: the services (composed when first asked for), output, progress, the signal.
import type { ComposeOptions } from '../app/compose.ts';
import type { ExploredImage, ExploreOptions, Services, WorkOptions } from '../app/services.ts';
import { PhylloError } from '../lib/errors.ts';
import { safeText } from '../lib/text.ts';
import { parsePlatform } from '../oci/platform.ts';
import { type Colours, coloursFor } from './colour.ts';
import { safeJson } from './json.ts';
import type { CliIo } from './io.ts';
import { Output } from './output.ts';
import { ProgressLine } from './progress.ts';
import type { ExitCodes } from './verb.ts';

export class Context {
  readonly io: CliIo;
  readonly out: Output;
  readonly colours: Colours;
  /** What `main` returns when nothing was thrown. */
  exitCode = 0;
  /** Of the verb that runs, where it has its own. */
  exitCodes: ExitCodes | undefined;
  private readonly errors: Output;
  private composed: Promise<Services> | undefined;
  private readonly openImages: ExploredImage[] = [];

  constructor(io: CliIo) {
    this.io = io;
    this.out = new Output(io.stdout);
    this.errors = new Output(io.stderr);
    this.colours = coloursFor(io);
  }

  get signal(): AbortSignal {
    return this.io.signal ?? NEVER;
  }

  /** `options` count for the first call. */
  services(options: Pick<ComposeOptions, 'startsSoon' | 'drawsScreen'> = {}): Promise<Services> {
    this.composed ??= import('../app/compose.ts').then(({ composeServices }) =>
      composeServices({ env: this.io.env, ahead: this.io.ahead, ...options }),
    );
    return this.composed;
  }

  /** A line on standard error. */
  async note(text: string): Promise<void> {
    await this.errors.line(safeText(text)).catch(() => undefined);
  }

  async print(document: unknown): Promise<void> {
    await this.out.line(safeJson(document));
  }

  /** Runs long work: its progress goes to standard error where that is a terminal. */
  async work<Result>(
    run: (options: WorkOptions) => Promise<Result>,
    { quiet = false } = {},
  ): Promise<Result> {
    const line = new ProgressLine(this.io, quiet);
    try {
      return await run({ signal: this.signal, onProgress: (progress) => line.report(progress) });
    } finally {
      line.clear();
    }
  }

  /** Opens an image for exploring; it is closed with the context. Waits for nothing but its documents. */
  async open(image: string, { platform }: { platform?: string } = {}): Promise<ExploredImage> {
    const { explore } = await this.services();
    const options: ExploreOptions = platform === undefined ? {} : { platform: parsePlatform(platform) };
    return this.openWith((work) => explore.open(image, { ...options, ...work }));
  }

  /** The same for whatever else is explored as an image is. */
  async openWith<Opened extends ExploredImage>(
    open: (work: WorkOptions) => Promise<Opened>,
  ): Promise<Opened> {
    const opened = await this.work(open);
    this.openImages.push(opened);
    return opened;
  }

  /** Waits for what an opened image makes (trees, the stack) and shows how far it is. */
  async indexed<Result>(image: ExploredImage, made: () => Promise<Result>): Promise<Result> {
    const stop = new AbortController();
    const cancelled = new Promise<never>((_, reject) => {
      const cancel = (): void => reject(new PhylloError('cancelled', 'index layers: cancelled'));
      if (this.signal.aborted) cancel();
      this.signal.addEventListener('abort', cancel, { signal: stop.signal });
    });
    return this.work(async ({ onProgress }) => {
      const unsubscribe = image.onProgress(({ layersDone, layersTotal, doneBytes, totalBytes }) =>
        onProgress?.({ item: `layer ${layersDone}/${layersTotal}`, doneBytes, totalBytes }),
      );
      try {
        return await Promise.race([made(), cancelled]);
      } finally {
        stop.abort();
        unsubscribe();
      }
    });
  }

  async close(): Promise<void> {
    await Promise.all(this.openImages.splice(0).map((image) => image.close()));
    const services = await this.composed?.catch(() => undefined);
    await services?.close();
  }
}

const NEVER = new AbortController().signal;
