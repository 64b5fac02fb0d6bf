// Checks that go through a stage from top to bottom.
import { posix } from 'node:path';
import type {
  ArgInstruction,
  CommandInstruction,
  CopyInstruction,
  HealthcheckInstruction,
  Instruction,
  ListInstruction,
  PairsInstruction,
  PathInstruction,
} from '../instruction.ts';
import { quoted } from '../report.ts';
import { textToRaw } from '../runes.ts';
import type { Findings } from './findings.ts';
import { isSecretName } from './secret-name.ts';
import type { Scope } from './scope.ts';
import { checkVariables, reportUndefined } from './variables.ts';

export class StageChecks {
  private readonly scope: Scope;
  private readonly findings: Findings;
  private readonly ignored: ((path: string) => boolean) | undefined;
  private readonly last = new Map<string, Instruction>();

  constructor(scope: Scope, findings: Findings, ignored: ((path: string) => boolean) | undefined) {
    this.scope = scope;
    this.findings = findings;
    this.ignored = ignored;
  }

  check(instruction: Instruction): void {
    checkVariables(instruction, this.scope, this.findings);
    switch (instruction.keyword) {
      case 'ARG':
        return this.arg(instruction);
      case 'ENV':
      case 'LABEL':
        return this.pairs(instruction);
      case 'WORKDIR':
        return this.workdir(instruction);
      case 'MAINTAINER':
        return this.maintainer(instruction);
      case 'SHELL':
        this.scope.hasShell = true;
        return;
      case 'EXPOSE':
        return this.expose(instruction);
      case 'CMD':
      case 'ENTRYPOINT':
        this.once(instruction);
        return this.shellForm(instruction);
      case 'HEALTHCHECK':
        return this.once(instruction);
      case 'COPY':
      case 'ADD':
        return this.sources(instruction);
    }
  }

  /** Each value may use the names before it. */
  private arg(instruction: ArgInstruction): void {
    for (const { name, value } of instruction.args) {
      this.secret(instruction, name);
      const reading = value === undefined ? undefined : this.scope.word(value);
      if (reading !== undefined) reportUndefined(instruction, reading.unknown, this.scope, this.findings);
      const text = reading === undefined ? this.scope.file.globalValues.get(name) : reading.text;
      this.scope.declare(name);
      if (text !== undefined) this.scope.set(name, text);
    }
  }

  /** All values see the variables as they were before the instruction. */
  private pairs(instruction: PairsInstruction): void {
    const { keyword, pairs, isLegacy } = instruction;
    if (isLegacy) {
      this.findings.add('LegacyKeyValueFormat', instruction, `${keyword} has no = between name and value`, {
        hint: `write ${keyword} name=value`,
      });
    }
    if (keyword === 'LABEL') return;
    const read = pairs.map(
      ({ key, value }) => [this.scope.word(key).text ?? key, this.scope.word(value).text] as const,
    );
    for (const [name, value] of read) {
      this.secret(instruction, name);
      this.scope.set(name, value ?? '');
    }
  }

  private secret(instruction: ArgInstruction | PairsInstruction, name: string): void {
    if (!isSecretName(name)) return;
    const message = `${instruction.keyword} ${quoted(name)} sounds like a secret, and everybody can read it in the image`;
    this.findings.add('SecretsUsedInArgOrEnv', instruction, message, { hint: 'use RUN --mount=type=secret' });
  }

  private workdir(instruction: PathInstruction): void {
    const { text, unknown } = this.scope.word(instruction.value);
    const isUnclear = text === undefined || (unknown.size > 0 && !text.startsWith('/'));
    if (!this.scope.hasWorkdir && !isUnclear && !text.startsWith('/')) {
      const message = `where ${quoted(text)} is depends on the base image`;
      const hint = 'start with an absolute WORKDIR';
      this.findings.add('WorkdirRelativePath', instruction, message, { hint });
    }
    this.scope.hasWorkdir = true;
  }

  private maintainer(instruction: PathInstruction): void {
    const hint = 'use LABEL org.opencontainers.image.authors=…';
    this.findings.add('MaintainerDeprecated', instruction, 'MAINTAINER is deprecated', { hint });
  }

  private expose(instruction: ListInstruction): void {
    for (const port of instruction.values.flatMap((value) => this.scope.words(value))) {
      const container = port.slice(port.lastIndexOf(':') + 1);
      const protocol = container.includes('/') ? container.slice(container.indexOf('/') + 1) : '';
      if (protocol !== protocol.toLowerCase()) {
        const hint = `write ${protocol.toLowerCase()}`;
        this.findings.add(
          'ExposeProtoCasing',
          instruction,
          `the protocol of ${quoted(port)} has upper case letters`,
          { hint },
        );
      }
      if (!port.includes(':')) continue;
      const message = `${quoted(port)} has a host or a second port; only the port of the container counts`;
      this.findings.add('ExposeInvalidFormat', instruction, message, { hint: `write ${container}` });
    }
  }

  /** What is told is the one before: it has no effect. */
  private once(instruction: CommandInstruction | HealthcheckInstruction): void {
    const { keyword } = instruction;
    const before = this.last.get(keyword);
    this.last.set(keyword, instruction);
    if (before === undefined) return;
    const message = `this ${keyword} has no effect: line ${instruction.range.start.line} has another one`;
    this.findings.add('MultipleInstructionsDisallowed', before, message, { hint: 'remove one of them' });
  }

  private shellForm(instruction: CommandInstruction): void {
    if (instruction.command.form !== 'shell' || this.scope.hasShell) return;
    const message = `${instruction.keyword} runs in a shell, which passes no signals on`;
    const hint = `write ${instruction.keyword} ["program", "argument"]`;
    this.findings.add('JSONArgsRecommended', instruction, message, { hint });
  }

  private sources(instruction: CopyInstruction): void {
    const { ignored } = this;
    if (ignored === undefined || instruction.from !== undefined) return;
    for (const source of instruction.sources) {
      const { text, unknown } = this.scope.word(source);
      if (text === undefined || unknown.size > 0 || isRemote(text)) continue;
      const path = posix.normalize(`/${text}`).replace(/^\/|\/$/g, '');
      if (path === '' || !ignored(textToRaw(path))) continue;
      const message = `${quoted(text)} is left out of the context by .dockerignore`;
      this.findings.add('CopyIgnoredFile', instruction, message);
    }
  }
}

function isRemote(source: string): boolean {
  return /^[a-z+]+:\/\//.test(source) || source.startsWith('git@');
}
