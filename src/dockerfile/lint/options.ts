// `check=skip=A,B;experimental=C`, in the first lines of the file and right above an instruction.

export interface CheckOptions {
  readonly skip: readonly string[] | 'all';
  readonly experimental: readonly string[] | 'all';
}

const NONE: CheckOptions = { skip: [], experimental: [] };
const DIRECTIVE = /^\s*#\s*(syntax|escape|check)\s*=\s*(\S*)/i;
const COMMENT = /^check\s*=\s*(\S*)/i;

/** Of the file. Directives end at the first line that is none. */
export function fileOptions(source: string): CheckOptions {
  const lines = source.replace(/^\ufeff/, '').split('\n', 8);
  for (const [i, line] of lines.entries()) {
    if (i === 0 && line.startsWith('#!')) continue;
    const [, name, value] = DIRECTIVE.exec(line) ?? [];
    if (name === undefined) break;
    if (name.toLowerCase() === 'check') return parseOptions(value!);
  }
  return NONE;
}

/** Of the comments above an instruction. */
export function optionsOf(comments: readonly string[]): CheckOptions {
  for (const comment of comments) {
    const value = COMMENT.exec(comment)?.[1];
    if (value !== undefined) return parseOptions(value);
  }
  return NONE;
}

/** Whether a comment is there for the checks and not for people. */
export function isCheckComment(comment: string): boolean {
  return COMMENT.test(comment);
}

function parseOptions(value: string): CheckOptions {
  const options: Record<string, readonly string[] | 'all'> = {};
  for (const part of value.split(';')) {
    const [name = '', names = ''] = part.split('=');
    options[name.trim()] = names.trim() === 'all' ? 'all' : names.split(',').map((each) => each.trim());
  }
  return { skip: options.skip ?? [], experimental: options.experimental ?? [] };
}
