// Watches that a Dockerfile starts as it must: with FROM, and only ARG above it.
import type { Range } from './instruction.ts';
import type { Report } from './report.ts';
import { type Statement, keywordRange } from './statement.ts';

export class StageOrder {
  private readonly report: Report;
  private hasStage = false;
  private hasFault = false;
  private first: Range | undefined;

  constructor(report: Report) {
    this.report = report;
  }

  /** A mistyped FROM counts: what is wrong with it was said already. */
  see(statement: Statement): void {
    const keyword = statement.meant;
    this.first ??= keywordRange(statement);
    if (keyword === 'FROM') this.hasStage = true;
    if (this.hasStage || this.hasFault || keyword === undefined || keyword === 'ARG') return;
    this.hasFault = true;
    const hint = 'a Dockerfile starts with FROM; only ARG may stand above it';
    this.report.error(`no FROM above ${keyword}`, keywordRange(statement), hint);
  }

  finish(): void {
    if (this.hasStage || this.hasFault) return;
    const start = { line: 1, column: 1 };
    if (this.first === undefined) {
      this.report.error('the file has no instructions', { start, end: start }, 'write FROM and an image');
    } else {
      this.report.error('the file has no FROM', this.first, 'write FROM and an image');
    }
  }
}
