// Parser directives: `# syntax=`, `# escape=` and `# check=` in the first lines of the file.
import type { Directives, Range } from './instruction.ts';
import { nearest } from '../lib/nearest.ts';
import { type Report, quoted } from './report.ts';
import { withoutBreak } from './source.ts';

export const DEFAULT_DIRECTIVES: Directives = { escape: '\\', check: { skip: [], error: false } };

const DIRECTIVE = /^\s*#\s*([a-zA-Z][a-zA-Z0-9]*)\s*=\s*(.+)$/s;
const KNOWN = new Set(['syntax', 'escape', 'check']);
const CHECK_OPTIONS = ['skip', 'error', 'experimental'];
/** What we do ourselves; naming any other frontend asks for something that will not happen. */
const OWN_FRONTEND = /^(?:docker\.io\/)?docker\/dockerfile(?:-upstream)?(?:[:@]|$)/;

interface Line {
  readonly name: string;
  readonly value: string;
  readonly range: Range;
}

/** Also tells how many lines they are. The first line that is none ends them. */
export function readDirectives(
  lines: readonly string[],
  report: Report,
): { readonly directives: Directives; readonly lineCount: number } {
  const seen = new Map<string, Line>();
  let directives = DEFAULT_DIRECTIVES;
  const hasShebang = lines[0]?.startsWith('#!') === true;
  let at = hasShebang ? 1 : 0;
  for (; at < lines.length; at++) {
    const line = readLine(lines[at]!, at + 1);
    if (line === undefined) break;
    if (seen.has(line.name)) {
      report.error(`only one ${line.name} directive can be used`, line.range);
      continue;
    }
    seen.set(line.name, line);
    // BuildKit looks past a program line for the others, but not for the escape character.
    if (line.name !== 'escape' || !hasShebang) directives = { ...directives, ...readValue(line, report) };
  }
  return { directives, lineCount: at };
}

function readLine(raw: string, number: number): Line | undefined {
  const text = withoutBreak(raw).trimEnd();
  const [, key = '', value = ''] = DIRECTIVE.exec(text) ?? [];
  const name = key.toLowerCase();
  if (!KNOWN.has(name)) return undefined;
  const end = { line: number, column: text.length + 1 };
  return { name, value, range: { start: { line: number, column: end.column - value.length }, end } };
}

function readValue({ name, value, range }: Line, report: Report): Partial<Directives> {
  if (name === 'check') return { check: readCheck(value.split(' ', 1)[0]!, range, report) };
  if (name === 'syntax') {
    if (!OWN_FRONTEND.test(value)) {
      report.warn(
        `the frontend ${quoted(value)} is not run`,
        range,
        'the file is read as a plain Dockerfile',
      );
    }
    return { syntax: value };
  }
  if (value === '\\' || value === '`') return { escape: value };
  report.error(`the escape character cannot be ${quoted(value)}`, range, 'use \\ or `');
  return {};
}

/** `skip=A,B;error=true`. */
function readCheck(value: string, range: Range, report: Report): Directives['check'] {
  let skip: Directives['check']['skip'] = [];
  let error = false;
  for (const part of value.split(';')) {
    const equals = part.indexOf('=');
    const name = (equals < 0 ? part : part.slice(0, equals)).trim();
    const setting = equals < 0 ? undefined : part.slice(equals + 1).trim();
    if (setting === undefined || !CHECK_OPTIONS.includes(name)) {
      const near = nearest(name, CHECK_OPTIONS);
      const hint =
        near === undefined || near === name ? 'use skip=NAME,… or error=true' : `did you mean ${near}?`;
      report.error(`invalid check option ${quoted(part)}`, range, hint);
    } else if (name === 'skip') {
      skip = setting === 'all' ? 'all' : setting.split(',').map((rule) => rule.trim());
    } else if (name === 'error') {
      const truth = parseBoolean(setting);
      if (truth === undefined)
        report.error(`invalid check option ${quoted(part)}`, range, 'use error=true or error=false');
      error = truth ?? false;
    }
  }
  return { skip, error };
}

/** As Go reads one. */
export function parseBoolean(text: string): boolean | undefined {
  if (/^(?:1|t|T|true|TRUE|True)$/.test(text)) return true;
  if (/^(?:0|f|F|false|FALSE|False)$/.test(text)) return false;
  return undefined;
}
