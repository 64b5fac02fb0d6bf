// Who is told of a build's changes. Output may come by the million lines: those who draw are told of it now and then.
import type { OutputLine, StepId } from './build.ts';

const OUTPUT_MS = 50;

export class Listeners {
  private readonly changes = new Set<() => void>();
  private readonly outputs = new Set<(step: StepId, line: OutputLine) => void>();
  private timer: NodeJS.Timeout | undefined;

  onChange(listener: () => void): () => void {
    this.changes.add(listener);
    return () => this.changes.delete(listener);
  }

  onOutput(listener: (step: StepId, line: OutputLine) => void): () => void {
    this.outputs.add(listener);
    return () => this.outputs.delete(listener);
  }

  changed(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    for (const listener of this.changes) listener();
  }

  /** Soon. */
  stirred(): void {
    this.timer ??= setTimeout(() => this.changed(), OUTPUT_MS);
  }

  said(step: StepId, line: OutputLine): void {
    for (const listener of this.outputs) listener(step, line);
    this.stirred();
  }

  clear(): void {
    clearTimeout(this.timer);
    this.changes.clear();
    this.outputs.clear();
  }
}
