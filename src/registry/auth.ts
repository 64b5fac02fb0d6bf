// Answers a registry's challenges: a password for Basic, a token from its token service for Bearer. Everything is kept in
// memory, for one registry, by scope.
import { PhylloError } from '../lib/errors.ts';
import { readAll } from '../lib/streams.ts';
import type { Challenge } from './challenge.ts';
import { chooseChallenge, parseChallenges } from './challenge.ts';
import type { CredentialSource, Credentials } from './credentials.ts';
import { statusError } from './errors.ts';
import type { Http, HttpAnswer } from './http.ts';
import { checkedRealm } from './realm.ts';
import { MAX_TOKEN_BYTES, type Token, parseToken } from './token.ts';

export interface AuthOptions {
  /** As references have it. */
  readonly host: string;
  readonly origin: string;
  readonly http: Http;
  readonly credentials: CredentialSource;
  readonly nowMs: () => number;
  readonly onNotice: (text: string) => void;
}

const CLIENT_ID = 'phyllo';

export class Authorizer {
  private readonly options: AuthOptions;
  private challenge: Challenge | undefined;
  private loaded: Promise<Credentials | undefined> | undefined;
  private readonly tokens = new Map<string, Promise<Token>>();
  private readonly secrets = new Set<string>();
  private hasTold = false;

  constructor(options: AuthOptions) {
    this.options = options;
  }

  /** `scope` are words like `repository:library/nginx:pull`. undefined while the registry has asked for nothing. */
  async header(scope: string, signal?: AbortSignal): Promise<string | undefined> {
    if (this.challenge === undefined) return undefined;
    if (this.challenge.scheme === 'basic') return this.basic();
    return `Bearer ${(await this.token(this.challenge, scope, signal)).text}`;
  }

  /** After a 401: what to try again with, once. Throws `unauthorized` when there is nothing. */
  async answer({ headers }: HttpAnswer, scope: string, signal?: AbortSignal): Promise<string> {
    const header = headers['www-authenticate'];
    const challenge = header === undefined ? undefined : chooseChallenge(parseChallenges(header));
    if (challenge === undefined) throw this.refused('it does not say how to log in');
    this.challenge = challenge;
    // What was tried was not good enough.
    this.tokens.delete(scope);
    const answer = await this.header(scope, signal);
    if (answer === undefined) throw this.refused('it asks for a login');
    return answer;
  }

  /** Takes out what is secret. */
  redact(text: string): string {
    let clean = text;
    for (const secret of this.secrets) clean = clean.replaceAll(secret, '***');
    return clean;
  }

  private credentials(): Promise<Credentials | undefined> {
    this.loaded ??= this.options.credentials.get(this.options.host).then((found) => {
      for (const secret of found ? [found.secret, found.identityToken] : []) this.hide(secret);
      return found;
    });
    return this.loaded;
  }

  private hide(secret: string | undefined): void {
    if (secret !== undefined && secret.length > 2) this.secrets.add(secret);
  }

  private async basic(): Promise<string | undefined> {
    const credentials = await this.credentials();
    return credentials && `Basic ${this.pair(credentials)}`;
  }

  private pair({ username, secret }: Credentials): string {
    const pair = Buffer.from(`${username}:${secret}`).toString('base64');
    this.hide(pair);
    return pair;
  }

  /** Requests side by side share one. */
  private async token(challenge: Challenge, scope: string, signal: AbortSignal | undefined): Promise<Token> {
    const known = await this.tokens.get(scope)?.catch(() => undefined);
    if (known && known.untilMs > this.options.nowMs()) return known;
    const asked = this.askToken(challenge, scope, signal);
    this.tokens.set(scope, asked);
    asked.catch(() => this.tokens.delete(scope));
    return asked;
  }

  private async askToken({ parameters }: Challenge, scope: string, signal?: AbortSignal): Promise<Token> {
    const { origin, http, nowMs, host } = this.options;
    const realm = checkedRealm(parameters.get('realm'), origin);
    const credentials = await this.credentials();
    if (credentials) this.tell(realm);
    const service = parameters.get('service');
    const fields: [string, string][] = scope === '' ? [] : scope.split(' ').map((part) => ['scope', part]);
    if (service !== undefined) fields.unshift(['service', service]);
    const answer =
      credentials?.identityToken === undefined
        ? await http.send(
            tokenGet(realm, fields, credentials && this.pair(credentials), credentials?.username, signal),
          )
        : await http.send(tokenPost(realm, fields, credentials.identityToken, signal));
    if (answer.status !== 200) {
      const doing = `log in to ${host}`;
      const redact = (text: string): string => this.redact(text);
      throw await statusError(answer, { doing, host: realm.host, redact, nowMs: nowMs() });
    }
    const data = await readAll(answer.body, MAX_TOKEN_BYTES, `token from ${realm.host}`);
    const token = parseToken(data, realm.host, nowMs());
    this.hide(token.text);
    return token;
  }

  /** A registry may send its users to any public host: they are told where their password goes. */
  private tell(realm: URL): void {
    const { host, origin, onNotice } = this.options;
    if (this.hasTold || realm.origin === origin) return;
    this.hasTold = true;
    onNotice(`the login for ${host} is checked by ${realm.host}`);
  }

  private refused(reason: string): PhylloError {
    const { host } = this.options;
    return new PhylloError('unauthorized', `log in to ${host}: ${reason}`, {
      hint: `Log in: phyllo login ${host}.`,
    });
  }
}

type TokenRequest = Parameters<Http['send']>[0];

function tokenGet(
  realm: URL,
  fields: readonly [string, string][],
  pair: string | undefined,
  username: string | undefined,
  signal: AbortSignal | undefined,
): TokenRequest {
  const url = new URL(realm);
  if (username !== undefined && username !== '') url.searchParams.append('account', username);
  for (const [name, value] of fields) url.searchParams.append(name, value);
  return {
    method: 'GET',
    url,
    signal,
    ...(pair !== undefined && { headers: { authorization: `Basic ${pair}` } }),
  };
}

function tokenPost(
  realm: URL,
  fields: readonly [string, string][],
  identityToken: string,
  signal: AbortSignal | undefined,
): TokenRequest {
  const form = new URLSearchParams(fields.filter(([name]) => name !== 'scope'));
  form.set('grant_type', 'refresh_token');
  form.set('client_id', CLIENT_ID);
  form.set('refresh_token', identityToken);
  form.set(
    'scope',
    fields
      .filter(([name]) => name === 'scope')
      .map(([, value]) => value)
      .join(' '),
  );
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  return { method: 'POST', url: realm, headers, body: Buffer.from(form.toString()), signal };
}
