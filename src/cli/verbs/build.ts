// Verbs for builds, as docker has them.
import { PLATFORM, type Verb } from '../verb.ts';

export const BUILD_VERBS: readonly Verb[] = [
  {
    names: ['build', 'image build'],
    args: '<context>',
    summary: 'Build an image from a Dockerfile (- reads a tar or a Dockerfile from standard input)',
    options: [
      {
        flags: '-f, --file <file>',
        summary: 'the Dockerfile (default: CONTEXT/Dockerfile; - is standard input)',
      },
      { flags: '-t, --tag <name>', summary: 'name the result', repeats: true },
      {
        flags: '--build-arg <name=value>',
        summary: 'value of an ARG; NAME alone takes our variable',
        repeats: true,
      },
      { flags: '--target <stage>', summary: 'build this stage and what it needs' },
      { flags: '--pull', summary: 'ask registries for base images that the store has, too' },
      { flags: '--no-cache', summary: 'build every step anew' },
      { flags: '--no-cache-filter <stage>', summary: 'build the steps of this stage anew', repeats: true },
      {
        flags: '--build-context <name=source>',
        summary: 'a directory or docker-image://NAME for FROM and --from',
        repeats: true,
      },
      { flags: '--secret <spec>', summary: 'id=NAME,src=FILE or id=NAME,env=VARIABLE', repeats: true },
      {
        flags: '--ssh <spec>',
        summary: 'default or ID[=SOCKET]: an SSH agent for RUN --mount=type=ssh',
        repeats: true,
      },
      { flags: '--cache-from <image>', summary: 'an image whose steps may be taken', repeats: true },
      { flags: '--label <key=value>', summary: 'a label of the result', repeats: true },
      { flags: '--network <mode>', summary: 'for RUN: private (the default), none or host' },
      PLATFORM,
      {
        flags: '--progress <how>',
        summary: 'how to tell what goes on',
        choices: ['auto', 'plain', 'tty', 'json', 'quiet'],
      },
      { flags: '-q, --quiet', summary: 'print nothing but the ID of the image' },
      { flags: '--iidfile <file>', summary: 'write the ID of the image there' },
      { flags: '--check', summary: 'check the Dockerfile, build nothing' },
      { flags: '--step', summary: 'open the screen that steps through it' },
      { flags: '--engine <engine>', summary: 'auto, linux, docker or virtual' },
    ],
    examples: [
      'phyllo build -t web .',
      'phyllo build --step -f docker/Dockerfile .',
      'phyllo build --check .',
    ],
    load: () => import('../commands/build.ts'),
  },
  {
    names: ['builder prune'],
    summary: 'Forget what was built, and remove layers that only builds needed',
    options: [{ flags: '-f, --force', summary: 'as docker has it; nothing is asked anyway' }],
    examples: ['phyllo builder prune', 'phyllo build prune'],
    load: () => import('../commands/build-prune.ts'),
  },
];
