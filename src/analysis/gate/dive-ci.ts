// Reads `.dive-ci`: of YAML, block mappings of plain and quoted scalars, comments and `---`; that is what such files
// hold. What else YAML has (flow style, anchors, block texts) is refused below `rules` and skipped elsewhere.
import { PhylloError } from '../../lib/errors.ts';
import { safeText } from '../../lib/text.ts';
import { type GateRules, RULE_NAMES } from './rules.ts';

export interface DiveCiFile {
  /** Only what the file has. */
  readonly rules: Partial<GateRules>;
  /** Rules that neither dive nor we know: ignored, but worth telling. */
  readonly unknown: readonly string[];
}

interface Line {
  readonly number: number;
  readonly indent: number;
  readonly key: string;
  readonly value: string;
}

const PATHS = 'highestpathbytes';

/** `name` is for errors. Throws `invalid-argument`, with the line, for what cannot be read. Names ignore case. */
export function parseDiveCi(text: string, name: string): DiveCiFile {
  const rules: Record<string, unknown> = {};
  const paths: [string, string][] = [];
  const unknown: string[] = [];
  let rule = '';
  let ruleIndent: number | undefined;
  for (const { number, indent, key, value } of linesOfRules(text, name)) {
    ruleIndent ??= indent;
    if (indent > ruleIndent) {
      if (rule === PATHS) paths.push([key, value]);
      continue;
    }
    if (indent < ruleIndent) throw unreadable(name, number, 'it is indented less than the rule above it');
    rule = key.toLowerCase();
    const known = RULE_NAMES.find((each) => each.toLowerCase() === rule);
    if (known !== undefined) rules[known] = value;
    else if (rule !== PATHS) unknown.push(key);
  }
  return { rules: paths.length === 0 ? rules : { ...rules, highestPathBytes: paths }, unknown };
}

/** The mapping lines below the top-level key `rules`. */
function* linesOfRules(text: string, name: string): Generator<Line> {
  let isInRules = false;
  let number = 0;
  for (const raw of text.replace(/^\ufeff/, '').split(/\r?\n/)) {
    number++;
    const content = raw.trimStart();
    if (content === '' || content.startsWith('#') || /^(?:---|\.\.\.)(?:\s|$)/.test(raw)) continue;
    const indent = raw.length - content.length;
    if (indent > 0 && !isInRules) continue;
    const line = mappingLine(content);
    if (indent === 0) {
      isInRules = line?.key.toLowerCase() === 'rules';
      if (isInRules && !['', '{}', 'null', '~'].includes(line!.value))
        throw unreadable(name, number, 'the rules have to be lines of their own');
      continue;
    }
    if (raw.slice(0, indent).includes('\t')) throw unreadable(name, number, 'it is indented by tabs');
    if (line === undefined) throw unreadable(name, number, 'it is no line of the form "name: value"');
    yield { number, indent, ...line };
  }
}

const QUOTED = String.raw`"((?:[^"\\]|\\["\\])*)"|'((?:[^']|'')*)'`;
const KEY = new RegExp(String.raw`^(?:${QUOTED}|([^\s"'#&*!|>%@\x60{}[\],-][^:#]*)):(?=\s|$)`);
const VALUE = new RegExp(String.raw`^\s*(?:${QUOTED}|([^\s"'#&*!|>%@\x60{}[\],][^#]*)?)\s*(?:#.*)?$`);

function mappingLine(content: string): { key: string; value: string } | undefined {
  const key = KEY.exec(content);
  const value = key && VALUE.exec(content.slice(key[0].length));
  if (!key || !value)
    return content.startsWith('rules:')
      ? { key: 'rules', value: content.slice('rules:'.length).trim() }
      : undefined;
  return { key: scalar(key), value: scalar(value) };
}

function scalar([, double, single, plain = '']: RegExpExecArray): string {
  if (double !== undefined) return double.replace(/\\(["\\])/g, '$1');
  return single === undefined ? plain.trim() : single.replaceAll("''", "'");
}

function unreadable(name: string, number: number, reason: string): PhylloError {
  return new PhylloError('invalid-argument', safeText(`read ${name}: line ${number}: ${reason}`), {
    hint: 'Write one "name: value" a line below "rules:".',
  });
}
