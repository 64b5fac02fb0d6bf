// BuildKit's checks, by its names: what is allowed in a Dockerfile but hardly meant.
import type { Diagnostic, Dockerfile } from '../instruction.ts';
import { checkCasing } from './casing.ts';
import { checkDescriptions } from './description.ts';
import { Findings } from './findings.ts';
import { checkFrom } from './from.ts';
import { fileOptions } from './options.ts';
import { Scope, fileScope } from './scope.ts';
import { StageChecks } from './stage-checks.ts';
import { type Stage, readStages } from './stages.ts';

export interface LintContext {
  /**
   * Whether nothing at or below a raw path is in the context. With exceptions (`!`) that is not the same as an ignored
   * path: a directory may hold some.
   */
  readonly ignored?: (path: string) => boolean;
  /** Environment in the config of a base image, `NAME=value`; undefined where it is not known. */
  readonly environmentOf?: (image: string) => readonly string[] | undefined;
}

/**
 * Sorted by place. `file` is what `parse` made of `source`; the findings with a rule of their own among its diagnostics
 * come along, so that `# check=` holds for them too, those of the rule `syntax` do not.
 */
export function lint(source: string, file: Dockerfile, context: LintContext = {}): readonly Diagnostic[] {
  const { check, escape } = file.directives;
  const findings = new Findings({ ...fileOptions(source), skip: check.skip }, check.error);
  for (const diagnostic of file.diagnostics) if (diagnostic.rule !== 'syntax') findings.adopt(diagnostic);
  const all = readStages(file);
  checkCasing(all, findings);
  checkFrom(all, escape, findings);
  checkDescriptions(all, findings);
  const scopes = new Map<Stage, Scope>();
  const shared = fileScope(escape, all);
  for (const stage of all.stages) {
    const base = stage.base === undefined ? undefined : scopes.get(stage.base);
    const scope = new Scope(base ?? { environment: environmentOf(stage, context) }, shared);
    const checks = new StageChecks(scope, findings, context.ignored);
    for (const instruction of stage.instructions) checks.check(instruction);
    scopes.set(stage, scope);
  }
  return findings.sorted();
}

function environmentOf({ image }: Stage, context: LintContext): readonly string[] | undefined {
  if (image === undefined) return undefined;
  return image === 'scratch' ? [] : context.environmentOf?.(image);
}
