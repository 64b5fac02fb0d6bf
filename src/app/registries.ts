// Registries: pull, push, logins, tags.
import { PhylloError, isPhylloError } from '../lib/errors.ts';
import { safeText } from '../lib/text.ts';
import { parseReference } from '../oci/reference.ts';
import { DOCKER_HUB, parseRegistryHost } from '../registry/endpoint.ts';
import type { RegistryClient } from '../registry/client.ts';
import { type PullParts, pullImage } from './pull.ts';
import { type PushParts, pushImages } from './push.ts';
import type { RegistryContact } from './registry-access.ts';
import { LookedAtRepository } from './registry-repository.ts';
import type {
  Login,
  OpenRepository,
  PullOptions,
  PulledImage,
  PushOptions,
  PushedImage,
  RegistryService,
} from './registry-services.ts';
import type { WorkOptions } from './services.ts';

export class Registries implements RegistryService {
  private readonly parts: PullParts & PushParts;

  constructor(parts: PullParts & PushParts) {
    this.parts = parts;
  }

  async pull(text: string, options: PullOptions = {}): Promise<PulledImage[]> {
    const reference = parseReference(text);
    if (!options.allTags) return [await pullImage(this.parts, reference, options)];
    if (reference.tag !== undefined || reference.digest !== undefined) {
      throw new PhylloError(
        'invalid-argument',
        `pull ${safeText(text)}: a tag and --all-tags exclude each other`,
      );
    }
    const pulled: PulledImage[] = [];
    for (const tag of await this.tags(text, options))
      pulled.push(await pullImage(this.parts, { ...reference, tag }, options));
    return pulled;
  }

  push(text: string, options: PushOptions = {}): Promise<PushedImage[]> {
    return pushImages(this.parts, text, options);
  }

  async login(
    { host: text, username, password }: Login,
    options: WorkOptions & RegistryContact = {},
  ): Promise<{ where: string; isPlain: boolean }> {
    const host = parseRegistryHost(text);
    const credentials = { username, secret: password };
    await this.withClient(options, (client) =>
      client.checkLogin(host, credentials, { signal: options.signal }),
    );
    return this.parts.access.credentials(options).save(host, credentials);
  }

  logout(host: string): Promise<boolean> {
    return this.parts.access.credentials().erase(parseRegistryHost(host));
  }

  async tags(text: string, options: WorkOptions & RegistryContact = {}): Promise<string[]> {
    const reference = parseReference(text);
    return this.withClient(options, (client) => client.tags(reference, { signal: options.signal }));
  }

  async catalog(text: string, options: WorkOptions & RegistryContact = {}): Promise<string[]> {
    const host = parseRegistryHost(text);
    if (host === DOCKER_HUB) throw noCatalogue(host);
    try {
      return await this.withClient(options, (client) => client.catalog(host, { signal: options.signal }));
    } catch (error) {
      const isMissing = isPhylloError(error, 'not-found') || isPhylloError(error, 'unsupported');
      throw isMissing ? noCatalogue(host, error) : error;
    }
  }

  openRepository(text: string, contact: RegistryContact = {}): OpenRepository {
    return new LookedAtRepository(this.parts.access.client(contact), parseReference(text));
  }

  private async withClient<Result>(
    contact: RegistryContact,
    work: (client: RegistryClient) => Promise<Result>,
  ): Promise<Result> {
    const client = this.parts.access.client(contact);
    try {
      return await work(client);
    } finally {
      await client.close();
    }
  }
}

function noCatalogue(host: string, cause?: unknown): PhylloError {
  return new PhylloError('unsupported', `list repositories of ${host}: it does not tell which it has`, {
    hint: `Tags of one repository can be listed: ${host}/REPOSITORY.`,
    cause,
  });
}
