// What the checks found, without what the file or an instruction asks to leave out.
import type { Diagnostic, Instruction, Range } from '../instruction.ts';
import { type CheckOptions, optionsOf } from './options.ts';

/** BuildKit's checks that need nothing but the file, by its names. */
export const CHECKS = [
  'ConsistentInstructionCasing',
  'CopyIgnoredFile',
  'DuplicateStageName',
  'ExposeInvalidFormat',
  'ExposeProtoCasing',
  'FromAsCasing',
  'FromPlatformFlagConstDisallowed',
  'InvalidDefaultArgInFrom',
  'InvalidDefinitionDescription',
  'JSONArgsRecommended',
  'LegacyKeyValueFormat',
  'MaintainerDeprecated',
  'MultipleInstructionsDisallowed',
  'NoEmptyContinuation',
  'RedundantTargetPlatform',
  'ReservedStageName',
  'SecretsUsedInArgOrEnv',
  'StageNameCasing',
  'UndefinedArgInFrom',
  'UndefinedVar',
  'WorkdirRelativePath',
] as const;

export type CheckName = (typeof CHECKS)[number];

/** Made only where `experimental=` names them. */
const EXPERIMENTAL: ReadonlySet<CheckName> = new Set(['InvalidDefinitionDescription']);

export class Findings {
  private readonly options: CheckOptions;
  private readonly isError: boolean;
  private readonly found: Diagnostic[] = [];

  constructor(options: CheckOptions, isError: boolean) {
    this.options = options;
    this.isError = isError;
  }

  /** `range` is that of the instruction where none is given. */
  add(
    check: CheckName,
    instruction: Instruction,
    message: string,
    { range = instruction.range, hint }: { range?: Range; hint?: string } = {},
  ): void {
    if (!isWanted(check, this.options, optionsOf(instruction.comments))) return;
    const severity = this.isError ? 'error' : 'warning';
    this.found.push({ severity, rule: check, message, range, ...(hint !== undefined && { hint }) });
  }

  /** What the lexer saw already. */
  adopt(diagnostic: Diagnostic): void {
    if (includes(this.options.skip, diagnostic.rule)) return;
    this.found.push({ ...diagnostic, severity: this.isError ? 'error' : 'warning' });
  }

  sorted(): readonly Diagnostic[] {
    return this.found.toSorted(({ range: { start: a } }, { range: { start: b } }) => {
      return a.line - b.line || a.column - b.column;
    });
  }
}

function isWanted(check: CheckName, ...options: readonly CheckOptions[]): boolean {
  if (EXPERIMENTAL.has(check)) return options.some(({ experimental }) => includes(experimental, check));
  return !options.some(({ skip }) => includes(skip, check));
}

function includes(names: CheckOptions['skip'], name: string): boolean {
  return names === 'all' || names.includes(name);
}
