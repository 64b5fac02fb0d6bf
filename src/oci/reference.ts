// Image references, docker's grammar (distribution/reference). Linear time: the input is scanned once a rule.
import { PhylloError } from '../lib/errors.ts';
import { safeText } from '../lib/text.ts';
import { type Digest, isDigest } from './digest.ts';

export interface Reference {
  /** Registry host with port, `docker.io` when none was written. */
  readonly host: string;
  /** Repository path without the host, `library/` filled in for docker.io. */
  readonly repository: string;
  readonly tag?: string;
  readonly digest?: Digest;
}

const DEFAULT_HOST = 'docker.io';
const MAX_NAME_LENGTH = 255;
const HOST =
  /^(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)*|\[[0-9a-fA-F:]+\])(?::[0-9]{1,5})?$/;
const COMPONENT = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;
const TAG = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;

/**
 * Parses what a user or a file wrote and fills in docker.io and library/. A missing tag stays missing
 * (see `withDefaultTag`). Throws `invalid-reference`.
 */
export function parseReference(text: string): Reference {
  if (text === '') throw invalid(text, 'it is empty');
  if (text.length > MAX_NAME_LENGTH + 1 + 128 + 1 + 135)
    throw invalid(text.slice(0, 60) + '…', 'it is too long');
  const at = text.indexOf('@');
  const digest = at < 0 ? undefined : text.slice(at + 1);
  if (digest !== undefined && !isDigest(digest)) throw invalid(text, 'the part after @ is not a digest');
  const named = at < 0 ? text : text.slice(0, at);
  const colon = named.lastIndexOf(':');
  const tagged = colon > named.lastIndexOf('/');
  const tag = tagged ? named.slice(colon + 1) : undefined;
  if (tag !== undefined && !TAG.test(tag)) throw invalid(text, 'the tag is not valid');
  const { host, repository } = splitHost(tagged ? named.slice(0, colon) : named, text);
  return { host, repository, ...(tag !== undefined && { tag }), ...(digest !== undefined && { digest }) };
}

function splitHost(name: string, text: string): { host: string; repository: string } {
  const slash = name.indexOf('/');
  const first = slash < 0 ? '' : name.slice(0, slash);
  const hasHost = /[.:[]/.test(first) || first === 'localhost' || first.toLowerCase() !== first;
  const written = hasHost ? first : DEFAULT_HOST;
  const host = written === 'index.docker.io' ? DEFAULT_HOST : written;
  const rest = hasHost ? name.slice(slash + 1) : name;
  const repository = host === DEFAULT_HOST && !rest.includes('/') ? `library/${rest}` : rest;
  if (!HOST.test(host)) throw invalid(text, 'the registry host is not valid');
  if (rest !== rest.toLowerCase()) throw invalid(text, 'the repository name must be lower case');
  if (!repository.split('/').every((part) => COMPONENT.test(part)))
    throw invalid(text, 'the repository name is not valid');
  if (host.length + 1 + repository.length > MAX_NAME_LENGTH) throw invalid(text, 'the name is too long');
  if (/^[0-9a-f]{64}$/.test(name)) throw invalid(text, '64 hex digits are an image ID, not a name');
  return { host, repository };
}

function invalid(text: string, reason: string): PhylloError {
  return new PhylloError('invalid-reference', `read reference ${safeText(JSON.stringify(text))}: ${reason}`);
}

export function withDefaultTag(reference: Reference): Reference {
  return reference.tag === undefined && reference.digest === undefined
    ? { ...reference, tag: 'latest' }
    : reference;
}

/** `docker.io/library/nginx:1.27`: the form that is stored. */
export function formatReference(reference: Reference): string {
  return `${reference.host}/${reference.repository}${suffix(reference)}`;
}

/** `nginx:1.27`: the form docker shows, with docker.io and library/ left out. */
export function familiarReference(reference: Reference): string {
  return `${familiarName(reference)}${suffix(reference)}`;
}

/** The familiar name without tag and digest, as the REPOSITORY column shows it. */
export function familiarName(reference: Reference): string {
  if (reference.host !== DEFAULT_HOST) return `${reference.host}/${reference.repository}`;
  return reference.repository.replace(/^library\/(?=[^/]+$)/, '');
}

function suffix({ tag, digest }: Reference): string {
  return `${tag === undefined ? '' : `:${tag}`}${digest === undefined ? '' : `@${digest}`}`;
}
