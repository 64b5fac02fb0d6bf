// Lists that come in pages.
import { PhylloError } from '../lib/errors.ts';
import { readAll } from '../lib/streams.ts';
import { isJsonObject, parseJson, stringList } from '../oci/json.ts';
import { type Connection, locationOf } from './connection.ts';
import { shownUrl } from './errors.ts';

const MAX_PAGE_BYTES = 4 * 1024 * 1024;
const MAX_PAGES = 1000;
const MAX_ITEMS = 200_000;
const TAG = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;
const REPOSITORY = /^[a-z0-9]+(?:[._/-]+[a-z0-9]+){0,127}$/;

interface ListRequest {
  readonly scope: string;
  readonly doing: string;
  readonly signal?: AbortSignal;
}

/** Sorted, each once. Throws `limit-exceeded` for a list without end, `network` for one that goes on at another host. */
export async function listPages(
  connection: Connection,
  path: string,
  namesOf: (page: unknown) => string[],
  request: ListRequest,
): Promise<string[]> {
  const names = new Set<string>();
  const seen = new Set<string>();
  let target: string | URL | undefined = path;
  while (target !== undefined) {
    if (seen.has(String(target)) || seen.size >= MAX_PAGES || names.size > MAX_ITEMS)
      throw endless(request.doing);
    seen.add(String(target));
    const answer = await connection.send({ method: 'GET', target, expected: [200], ...request });
    const data = await readAll(answer.body, MAX_PAGE_BYTES, 'list');
    for (const name of namesOf(parsed(data, request.doing))) names.add(name);
    target = nextPage(answer.headers.link, answer.url);
  }
  return [...names].sort();
}

export function tagNames(page: unknown): string[] {
  return stringList(isJsonObject(page) ? page['tags'] : undefined).filter((name) => TAG.test(name));
}

export function repositoryNames(page: unknown): string[] {
  const names = stringList(isJsonObject(page) ? page['repositories'] : undefined);
  return names.filter((name) => name.length <= 255 && REPOSITORY.test(name));
}

/** `Link: <…>; rel="next"` */
function nextPage(header: string | string[] | undefined, from: URL): URL | undefined {
  const text = typeof header === 'string' ? header : header?.join(', ');
  const link = /<([^<>]{1,4096})>\s*;\s*rel="?next"?/i.exec(text ?? '')?.[1];
  if (link === undefined) return undefined;
  const url = locationOf(link, from);
  // Behind a proxy a registry may take itself for an http server.
  if (url.host === from.host) url.protocol = from.protocol;
  if (url.origin === from.origin) return url;
  throw new PhylloError('network', `ask ${shownUrl(from)}: its list goes on at another host`);
}

function parsed(data: Buffer, doing: string): unknown {
  try {
    return parseJson(data, 'list');
  } catch (error) {
    throw new PhylloError('network', `${doing}: the answer is no JSON, this is not a registry`, {
      cause: error,
    });
  }
}

function endless(doing: string): PhylloError {
  return new PhylloError('limit-exceeded', `${doing}: the list has no end`);
}
