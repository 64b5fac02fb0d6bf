// RUN.
import type { Flag, RunInstruction } from '../instruction.ts';
import { nearest } from '../../lib/nearest.ts';
import { type Report, quoted } from '../report.ts';
import { readCommandLine, warnOfEmpty } from './command.ts';
import { readMount } from './mount.ts';
import { type Request, argumentsRange } from './request.ts';

const NETWORKS = ['default', 'none', 'host'];
const SECURITIES = ['sandbox', 'insecure'];

export function readRun(request: Request): RunInstruction | undefined {
  const { statement, flags, base, heredocs, report } = request;
  const command = readCommandLine(request);
  if (command === undefined) return undefined;
  warnOfEmpty(command, request);
  if (command.form === 'exec' && command.argv.length === 0) {
    report.error('RUN requires at least one argument', argumentsRange(statement));
    return undefined;
  }
  const network = readChoice(flags.find('network'), NETWORKS, report);
  const security = readChoice(flags.find('security'), SECURITIES, report);
  return {
    ...base,
    keyword: 'RUN',
    command,
    heredocs,
    mounts: flags.all('mount').map((flag) => readMount(flag, report)),
    ...(network !== undefined && { network }),
    ...(security !== undefined && { security }),
  };
}

function readChoice(flag: Flag | undefined, choices: readonly string[], report: Report): string | undefined {
  if (flag === undefined || choices.includes(flag.value)) return flag?.value;
  const near = nearest(flag.value, choices);
  const hint = near === undefined ? `use ${choices.join(', ')}` : `did you mean ${near}?`;
  report.error(`invalid value for --${flag.name}: ${quoted(flag.value)}`, flag.range, hint);
  return undefined;
}
