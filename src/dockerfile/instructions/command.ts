// CMD, ENTRYPOINT and HEALTHCHECK.
import { parseDuration } from '../duration.ts';
import type { CommandInstruction, CommandLine, Flag, HealthcheckInstruction } from '../instruction.ts';
import { readJsonForm } from '../json-form.ts';
import { nearest } from '../../lib/nearest.ts';
import { quoted } from '../report.ts';
import { type Request, argumentsRange } from './request.ts';
import { refuseMixed, warnOfBrokenJson } from './words.ts';

const MAX_RETRIES = 2 ** 31 - 1;
const MIN_NANOS = 1_000_000;

export function readCommand(request: Request): CommandInstruction | undefined {
  const { statement, base } = request;
  const command = readCommandLine(request);
  if (command === undefined) return undefined;
  warnOfEmpty(command, request);
  return { ...base, keyword: statement.name === 'CMD' ? 'CMD' : 'ENTRYPOINT', command };
}

/** Of the last part of the arguments. Undefined after an error. */
export function readCommandLine(request: Request, text = request.statement.rest): CommandLine | undefined {
  const form = readJsonForm(text);
  if (form.kind === 'mixed')
    return refuseMixed(request.statement.rest.length - text.length + form.offset, request);
  if (form.kind === 'strings') return { form: 'exec', argv: form.values };
  warnOfBrokenJson(request, 'command', text);
  return { form: 'shell', script: text };
}

/** BuildKit takes it: the shell runs an empty script. */
export function warnOfEmpty(command: CommandLine, { statement, report }: Request): void {
  if (command.form === 'exec' || command.script !== '') return;
  report.warn(`${statement.name} has no command, so the shell gets an empty one`, argumentsRange(statement));
}

export function readHealthcheck(request: Request): HealthcheckInstruction | undefined {
  const { statement, flags, base, report } = request;
  const type = /^\S*/.exec(statement.rest)![0];
  const text = statement.rest.slice(type.length).trimStart();
  const range = statement.line.range(statement.restFrom, statement.restFrom + type.length);
  switch (type.toUpperCase()) {
    case '':
      report.error(
        'HEALTHCHECK requires at least one argument',
        argumentsRange(statement),
        'write HEALTHCHECK CMD command',
      );
      return undefined;
    case 'NONE':
      if (text !== '') report.error('HEALTHCHECK NONE takes no arguments', argumentsRange(statement));
      for (const flag of flags.list) report.warn(`--${flag.name} means nothing with NONE`, flag.range);
      return { ...base, keyword: 'HEALTHCHECK' };
    case 'CMD': {
      const command = readCommandLine(request, text);
      if (command === undefined) return undefined;
      if (text === '' || (command.form === 'exec' && command.argv.length === 0)) {
        report.error('missing command after HEALTHCHECK CMD', range);
        return undefined;
      }
      return { ...base, keyword: 'HEALTHCHECK', command, ...readTimes(request) };
    }
    default: {
      const near = nearest(type, ['CMD', 'NONE']) ?? 'CMD';
      report.error(`unknown type ${quoted(type)} in HEALTHCHECK`, range, `did you mean ${near}?`);
      return undefined;
    }
  }
}

function readTimes(
  request: Request,
): Omit<HealthcheckInstruction, 'keyword' | 'command' | keyof Request['base']> {
  const intervalNanos = readNanos('interval', request);
  const timeoutNanos = readNanos('timeout', request);
  const startPeriodNanos = readNanos('start-period', request);
  const startIntervalNanos = readNanos('start-interval', request);
  const retries = readRetries(request);
  return {
    ...(intervalNanos !== undefined && { intervalNanos }),
    ...(timeoutNanos !== undefined && { timeoutNanos }),
    ...(startPeriodNanos !== undefined && { startPeriodNanos }),
    ...(startIntervalNanos !== undefined && { startIntervalNanos }),
    ...(retries !== undefined && { retries }),
  };
}

function readNanos(name: string, { flags, report }: Request): number | undefined {
  const flag = givenFlag(flags.find(name));
  if (flag === undefined) return undefined;
  const nanos = parseDuration(flag.value);
  if (nanos === undefined) {
    report.error(
      `--${name} is no duration: ${quoted(flag.value)}`,
      flag.range,
      'write it as 30s, 1m30s or 500ms',
    );
  } else if (nanos !== 0 && nanos < MIN_NANOS) {
    report.error(`--${name} cannot be less than 1ms`, flag.range);
    return undefined;
  }
  return nanos;
}

function readRetries({ flags, report }: Request): number | undefined {
  const flag = givenFlag(flags.find('retries'));
  if (flag === undefined) return undefined;
  const retries = /^[-+]?\d{1,20}$/.test(flag.value) ? Number(flag.value) : Number.NaN;
  if (retries >= 0 && retries <= MAX_RETRIES) return retries;
  const reason = retries < 0 ? 'cannot be negative' : `is no number: ${quoted(flag.value)}`;
  report.error(`--retries ${reason}`, flag.range);
  return undefined;
}

/** An empty value is the same as no flag. */
function givenFlag(flag: Flag | undefined): Flag | undefined {
  return flag?.value === '' ? undefined : flag;
}
