// Syntax colours for a window of lines. Only what is on screen and a little above it is looked at, so that a key costs
// the same in any file; a comment that began far above may miss its colour.
import type { createLowlight } from 'lowlight';
import type { Token } from '../../theme/theme.ts';

type Root = ReturnType<ReturnType<typeof createLowlight>['highlight']>;
type RootContent = Root['children'][number];

export interface Piece {
  readonly text: string;
  readonly token: Token | undefined;
}

export interface Highlighter {
  /** Pieces of each line; the lines are safe text without line feeds. */
  highlight(lines: readonly string[]): Piece[][];
}

const BY_NAME: Readonly<Record<string, string>> = {
  dockerfile: 'bash',
  makefile: 'makefile',
  'package.json': 'json',
  '.bashrc': 'bash',
  '.profile': 'bash',
};

const BY_EXTENSION: Readonly<Record<string, string>> = {
  sh: 'bash',
  bash: 'bash',
  js: 'javascript',
  mjs: 'javascript',
  cjs: 'javascript',
  jsx: 'javascript',
  ts: 'typescript',
  tsx: 'typescript',
  py: 'python',
  rb: 'ruby',
  pl: 'perl',
  pm: 'perl',
  go: 'go',
  rs: 'rust',
  c: 'c',
  h: 'c',
  cc: 'cpp',
  cpp: 'cpp',
  hpp: 'cpp',
  java: 'java',
  php: 'php',
  lua: 'lua',
  sql: 'sql',
  json: 'json',
  yaml: 'yaml',
  yml: 'yaml',
  xml: 'xml',
  html: 'xml',
  svg: 'xml',
  css: 'css',
  scss: 'scss',
  md: 'markdown',
  ini: 'ini',
  conf: 'ini',
  cfg: 'ini',
  toml: 'ini',
  service: 'ini',
  diff: 'diff',
  patch: 'diff',
};

const TOKENS: readonly (readonly [pattern: RegExp, token: Token])[] = [
  [/comment|quote|meta/, 'syntaxComment'],
  [/keyword|built_in|literal|selector-tag|section|type/, 'syntaxKeyword'],
  [/string|regexp|symbol|char/, 'syntaxString'],
  [/number|variable\.constant/, 'syntaxNumber'],
  [/title|attr|name|property|function|tag|variable/, 'syntaxName'],
  [/addition/, 'diffAdded'],
  [/deletion/, 'diffRemoved'],
];

/** The language of a file by its name, or by the `#!` of its first line. */
export function languageOf(path: string, firstLine: string): string | undefined {
  const name = path.slice(path.lastIndexOf('/') + 1).toLowerCase();
  const extension = name.includes('.') ? name.slice(name.lastIndexOf('.') + 1) : '';
  return BY_NAME[name] ?? BY_EXTENSION[extension] ?? shebangLanguage(firstLine);
}

function shebangLanguage(line: string): string | undefined {
  if (!line.startsWith('#!')) return undefined;
  if (/\bpython/.test(line)) return 'python';
  if (/\bperl/.test(line)) return 'perl';
  if (/\bnode\b/.test(line)) return 'javascript';
  if (/\bruby/.test(line)) return 'ruby';
  return /sh\b/.test(line) ? 'bash' : undefined;
}

/** Loaded when the first file is opened: it is the largest library that a screen needs. */
export async function loadHighlighter(language: string): Promise<Highlighter | undefined> {
  const { common, createLowlight } = await import('lowlight');
  const lowlight = createLowlight(common);
  if (!lowlight.registered(language)) return undefined;
  return { highlight: (lines) => splitLines(lowlight.highlight(language, lines.join('\n'))) };
}

function splitLines(root: Root): Piece[][] {
  const lines: Piece[][] = [[]];
  const add = (text: string, token: Token | undefined): void => {
    text.split('\n').forEach((part, index) => {
      if (index > 0) lines.push([]);
      if (part !== '') lines.at(-1)!.push({ text: part, token });
    });
  };
  const walk = (node: RootContent, token: Token | undefined): void => {
    if (node.type === 'text') return add(node.value, token);
    if (node.type !== 'element') return;
    const { className } = node.properties;
    const own = Array.isArray(className) ? tokenOf(className.join(' ')) : undefined;
    for (const child of node.children) walk(child, own ?? token);
  };
  for (const child of root.children) walk(child, undefined);
  return lines;
}

function tokenOf(className: string): Token | undefined {
  return TOKENS.find(([pattern]) => pattern.test(className))?.[1];
}
