// COPY and ADD.
import type { CopyInstruction } from '../instruction.ts';
import { readJsonForm } from '../json-form.ts';
import { type Word, blankWords } from '../words.ts';
import { type Request, argumentsRange } from './request.ts';
import { refuseMixed, warnOfBrokenJson } from './words.ts';

export function readCopy(request: Request): CopyInstruction | undefined {
  const { statement, flags, base, heredocs } = request;
  const keyword = statement.name === 'ADD' ? 'ADD' : 'COPY';
  const paths = readPaths(request);
  if (paths === undefined) return undefined;
  refuseVariableFrom(request);
  const from = flags.text('from');
  const [chown, chmod, checksum] = [flags.text('chown'), flags.text('chmod'), flags.text('checksum')];
  const unpack = flags.find('unpack');
  return {
    ...base,
    keyword,
    sources: paths.slice(0, -1),
    heredocs,
    destination: paths.at(-1)!,
    ...(from !== undefined && { from }),
    ...(chown !== undefined && { chown }),
    ...(chmod !== undefined && { chmod }),
    link: flags.isTrue('link'),
    parents: flags.isTrue('parents'),
    exclude: flags.all('exclude').map(({ value }) => value),
    ...(checksum !== undefined && { checksum }),
    keepGitDir: flags.isTrue('keep-git-dir'),
    ...(unpack !== undefined && { unpack: unpack.value === 'true' }),
  };
}

/** Sources without heredocs, then the destination. Undefined after an error. */
function readPaths(request: Request): readonly string[] | undefined {
  const { statement, marks, report } = request;
  const form = readJsonForm(statement.rest);
  if (form.kind === 'mixed') return refuseMixed(form.offset, request);
  const words = form.kind === 'strings' ? [] : wordsBetweenMarks(request);
  const paths = form.kind === 'strings' ? form.values : words.map(({ text }) => text);
  if (form.kind === 'none') warnOfBrokenJson(request, 'list');
  if (paths.length + marks.length < 2) {
    const hint = `write ${statement.name} source destination`;
    report.error(`${statement.name} requires at least two arguments`, argumentsRange(statement), hint);
    return undefined;
  }
  const lastMark = marks.at(-1);
  if (lastMark !== undefined && lastMark.from > (words.at(-1)?.from ?? -1)) {
    const range = statement.line.range(lastMark.from, lastMark.to);
    report.error(`${statement.name} cannot accept a heredoc as its destination`, range);
    return undefined;
  }
  return paths;
}

function wordsBetweenMarks({ statement: { line, restFrom, to }, marks }: Request): readonly Word[] {
  const ends = [restFrom, ...marks.map((mark) => mark.to)];
  const starts = [...marks.map((mark) => mark.from), to];
  return ends.flatMap((from, index) => blankWords(line.text.slice(from, starts[index]), from));
}

function refuseVariableFrom({ flags, report }: Request): void {
  const from = flags.find('from');
  if (from === undefined || !from.value.includes('$')) return;
  const hint = 'name it in a stage of its own: FROM … AS name';
  report.error('--from does not expand variables', from.range, hint);
}
