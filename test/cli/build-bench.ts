// phyllo build over a store of its own, with contexts in a temporary folder.
import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { CliBench, type Ran, type RunOptions } from './run-cli.ts';

export type Files = Readonly<Record<string, string | Uint8Array>>;

export interface StepEvent {
  readonly event: 'step';
  readonly step: string;
  readonly stage: number;
  readonly stageName?: string;
  readonly index: number;
  readonly lines: readonly [number, number];
  readonly instruction: string;
  readonly status: string;
  readonly cache?: { readonly kind: string; readonly why?: string };
  readonly image?: string;
  readonly error?: string;
}

export class BuildBench extends CliBench {
  readonly context = this.path('context');
  private readonly env: Readonly<Record<string, string>>;

  constructor(env: Readonly<Record<string, string>> = {}) {
    super();
    this.env = env;
    mkdirSync(this.context);
  }

  override run(args: readonly string[], options: RunOptions = {}): Promise<Ran> {
    return super.run(args, { ...options, env: { ...this.env, ...options.env } });
  }

  /** These files and no others are the context; `Dockerfile` is one of them. */
  write(files: Files): void {
    rmSync(this.context, { recursive: true, force: true });
    mkdirSync(this.context);
    this.change(files);
  }

  change(files: Files): void {
    for (const [name, content] of Object.entries(files)) {
      const path = join(this.context, name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, content);
    }
  }

  /** A copy of the context elsewhere. */
  copyOfContext(name: string): string {
    cpSync(this.context, this.path(name), { recursive: true });
    return this.path(name);
  }

  build(...args: readonly string[]): Promise<Ran> {
    return this.run(['build', ...args, this.context]);
  }

  /** The ID of the image of a build that has to go well. */
  async id(...args: readonly string[]): Promise<string> {
    return (await this.out('build', '-q', ...args, this.context)).trim();
  }

  /** `instruction: outcome (why it was built)`, in the order in which steps ended, FROM and metadata left out. */
  async outcomes(...args: readonly string[]): Promise<readonly string[]> {
    const ran = await this.build('--progress', 'plain', ...args);
    if (ran.code !== 0) throw new Error(ran.err);
    return outcomesOf(ran.err);
  }

  async config(image: string): Promise<Record<string, unknown>> {
    const [document] = JSON.parse(await this.out('inspect', image)) as [Record<string, unknown>];
    return document['Config'] as Record<string, unknown>;
  }

  /** `created_by` of all rows, oldest first. */
  async history(image: string): Promise<readonly string[]> {
    const rows = await this.out('history', '--no-trunc', '--format', '{{json .CreatedBy}}', image);
    return rows
      .trim()
      .split('\n')
      .map((row) => JSON.parse(row) as string)
      .reverse();
  }

  /** Paths of all files of an image. */
  async paths(image: string): Promise<readonly string[]> {
    const lines = (await this.out('tree', image)).trim().split('\n');
    return lines.map((line) => line.slice(line.indexOf('/'))).filter((path) => path.startsWith('/'));
  }
}

function outcomesOf(progress: string): readonly string[] {
  const titles = new Map<string, string>();
  const reasons = new Map<string, string>();
  const outcomes: string[] = [];
  for (const line of progress.split('\n')) {
    const [, number = '', text = ''] = /^#(\d+) (.*)$/.exec(line) ?? [];
    if (text.startsWith('[')) titles.set(number, text.slice(text.indexOf(']') + 2));
    else if (text.startsWith('cache miss: ')) reasons.set(number, text.slice('cache miss: '.length));
    else if (/^(?:DONE|CACHED)/.test(text) && (reasons.has(number) || text === 'CACHED')) {
      outcomes.push(`${titles.get(number)}: ${reasons.get(number) ?? 'cached'}`);
    }
  }
  return outcomes;
}

export function stepEvents(output: string): readonly StepEvent[] {
  return eventsOf(output).filter(
    (event): event is StepEvent & Record<string, unknown> => event['event'] === 'step',
  );
}

export function eventsOf(output: string): readonly Record<string, unknown>[] {
  return output
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}
