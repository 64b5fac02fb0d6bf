// Collects what is wrong with a Dockerfile.
import type { Diagnostic, Range } from './instruction.ts';

const QUOTED_LENGTH = 60;

export class Report {
  private readonly found: Diagnostic[] = [];

  error(message: string, range: Range, hint?: string): void {
    this.add('error', 'syntax', message, range, hint);
  }

  warn(message: string, range: Range, hint?: string): void {
    this.add('warning', 'syntax', message, range, hint);
  }

  /** A finding of one of BuildKit's checks that only the lexer can see. */
  check(rule: string, message: string, range: Range): void {
    this.add('warning', rule, message, range);
  }

  /** By place; what was found first at a place stays first. */
  sorted(): readonly Diagnostic[] {
    return this.found.toSorted(({ range: { start: a } }, { range: { start: b } }) => {
      return a.line - b.line || a.column - b.column;
    });
  }

  private add(
    severity: Diagnostic['severity'],
    rule: string,
    message: string,
    range: Range,
    hint?: string,
  ): void {
    this.found.push({ severity, rule, message, range, ...(hint !== undefined && { hint }) });
  }
}

/** A piece of the file for a message: in quotes, and never long. */
export function quoted(text: string): string {
  return text.length <= QUOTED_LENGTH ? `"${text}"` : `"${text.slice(0, QUOTED_LENGTH)}…"`;
}
