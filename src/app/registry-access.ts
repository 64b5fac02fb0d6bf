// How this user talks to registries: logins, certificates, hosts that need no verified TLS.
import { CredentialStore } from '../registry/credentials.ts';
import { certificateFolders } from '../registry/certificates.ts';
import { RegistryClient } from '../registry/client.ts';

type Environment = Readonly<Record<string, string | undefined>>;

export interface RegistryContact {
  /** No TLS, or one that is not verified, will do. */
  readonly insecure?: boolean;
  /** For people, safe to show: where a login goes, what a registry warns of. */
  readonly onNotice?: (text: string) => void;
}

export class RegistryAccess {
  private readonly env: Environment;
  private readonly insecureHosts: readonly string[];

  constructor(env: Environment, insecureHosts: readonly string[]) {
    this.env = env;
    this.insecureHosts = insecureHosts;
  }

  credentials({ onNotice }: RegistryContact = {}): CredentialStore {
    return new CredentialStore(this.env, onNotice);
  }

  /** One for each piece of work: nothing of a login outlives it. The caller closes it. */
  client(contact: RegistryContact = {}): RegistryClient {
    const { insecure = false, onNotice } = contact;
    return new RegistryClient({
      credentials: this.credentials(contact),
      certificateFolders: certificateFolders(this.env),
      insecureHosts: new Set(insecure ? ['*'] : this.insecureHosts),
      onNotice,
      onWait: ({ error, leftSeconds }) => onNotice?.(`${error.message}; trying again in ${leftSeconds} s`),
    });
  }
}
