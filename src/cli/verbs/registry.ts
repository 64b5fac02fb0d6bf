// Verbs for registries.
import { JSON_OUTPUT, PLATFORM, type Verb, type VerbOption } from '../verb.ts';

const INSECURE: VerbOption = {
  flags: '--insecure',
  summary: 'also without TLS, or with a certificate that cannot be verified',
};
const QUIET: VerbOption = { flags: '-q, --quiet', summary: 'print nothing but the name' };
const PROGRESS: VerbOption = {
  flags: '--progress <how>',
  summary: 'how to tell what goes on',
  choices: ['auto', 'plain', 'json', 'quiet'],
};

export const REGISTRY_VERBS: readonly Verb[] = [
  {
    names: ['pull', 'image pull'],
    args: '<name>',
    summary: 'Fetch an image from a registry',
    options: [
      { flags: '-a, --all-tags', summary: 'every tag of the repository' },
      PLATFORM,
      QUIET,
      PROGRESS,
      INSECURE,
    ],
    examples: ['phyllo pull nginx', 'phyllo pull --platform linux/arm64 registry.example/team/app:1.4'],
    load: () => import('../commands/pull.ts'),
  },
  {
    names: ['push', 'image push'],
    args: '<name>',
    summary: 'Send an image to the registry that its name says',
    options: [
      { flags: '-a, --all-tags', summary: 'every tag that the store has of the repository' },
      QUIET,
      PROGRESS,
      INSECURE,
    ],
    examples: ['phyllo push registry.example/team/app:1.4'],
    load: () => import('../commands/push.ts'),
  },
  {
    names: ['login'],
    args: '[registry]',
    summary: 'Log in to a registry (Docker Hub when none is named)',
    options: [
      { flags: '-u, --username <name>', summary: 'the user' },
      { flags: '--password-stdin', summary: 'take the password from standard input' },
      { flags: '-p, --password <password>', summary: 'the password, for all to see' },
      INSECURE,
    ],
    examples: ['phyllo login -u me registry.example', 'pass show me | phyllo login -u me --password-stdin'],
    load: () => import('../commands/login.ts'),
  },
  {
    names: ['logout'],
    args: '[registry]',
    summary: 'Forget the login of a registry',
    examples: ['phyllo logout registry.example'],
    load: () => import('../commands/logout.ts'),
  },
  {
    names: ['search-tags'],
    args: '<repository>',
    summary: 'List the tags that a registry has of a repository',
    options: [JSON_OUTPUT, INSECURE],
    examples: ['phyllo search-tags nginx', 'phyllo search-tags --json registry.example/team/app'],
    load: () => import('../commands/search-tags.ts'),
  },
];
