// URLs as sources of ADD: which there are, what their files are called, how they are shown.
import { PhylloError } from '../../lib/errors.ts';
import { safeText } from '../../lib/text.ts';

const UNNAMED = '__unnamed__';
const MAX_NAME_BYTES = 255;
const LONGEST_SHOWN = 300;

/** Whether a source of ADD is a path, or is taken from elsewhere. */
export function sourceKind(text: string): 'path' | 'url' | 'git' {
  const isWeb = /^https?:\/\//i.test(text);
  if (isWeb) return /^[^?#]*\.git(?:[?#]|$)/.test(text) ? 'git' : 'url';
  return /^(?:git|ssh):\/\//i.test(text) || /^[\w.-]+@[\w.-]+:/.test(text) ? 'git' : 'path';
}

/** `base` is where a relative one was found. Throws `unsupported` for git, `invalid-argument` for anything else. */
export function parseUrl(text: string, base?: URL): URL {
  if (base === undefined && sourceKind(text) === 'git') {
    throw new PhylloError('unsupported', `load ${shownText(text)}: sources in git are not read yet`, {
      hint: 'Clone it beside the Dockerfile and COPY it.',
    });
  }
  const url = URL.parse(text, base);
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return url;
  throw new PhylloError('invalid-argument', `load ${shownText(text)}: it is no http or https URL`);
}

/** Without what may be a secret: user, password, query. */
export function shownUrl(url: URL): string {
  return shownText(`${url.origin}${url.pathname}`);
}

function shownText(text: string): string {
  return safeText(text.replace(/\/\/[^/@]*@/, '//').slice(0, LONGEST_SHOWN));
}

export interface PlainUrl {
  readonly url: URL;
  /** The header that says what the URL said. */
  readonly authorization: string | undefined;
}

/** fetch takes no URL with a password in it. */
export function takeCredentials({ href, username, password }: URL): PlainUrl {
  const url = new URL(href);
  url.username = '';
  url.password = '';
  if (username === '' && password === '') return { url, authorization: undefined };
  const pair = `${decoded(username)}:${decoded(password)}`;
  return { url, authorization: `Basic ${Buffer.from(pair).toString('base64')}` };
}

/** The last part of the path, else what the server calls it; always one plain name. */
export function fileNameOf({ pathname }: URL, headers: Headers): string {
  return (
    plainName(decoded(pathname)) ??
    plainName(dispositionName(headers.get('content-disposition') ?? '')) ??
    UNNAMED
  );
}

function plainName(path: string): string | undefined {
  const parts = path.split('/').filter((part) => part !== '');
  const name = parts.at(-1) ?? '';
  const isUnfit =
    ['', '.', '..'].includes(name) || name.includes('\0') || Buffer.byteLength(name) > MAX_NAME_BYTES;
  return isUnfit ? undefined : name;
}

function dispositionName(header: string): string {
  const match = /;\s*filename\s*=\s*(?:"([^"]*)"|([^\s;"]+))/i.exec(header);
  return match?.[1] ?? match?.[2] ?? '';
}

/** What is not well encoded stays as it is. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
