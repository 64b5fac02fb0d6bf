// Verbs for the store as a whole and for phyllo itself.
import { FORMAT, JSON_OUTPUT, type Verb } from '../verb.ts';

export const SYSTEM_VERBS: readonly Verb[] = [
  {
    names: ['samples'],
    summary: 'List the sample images that phyllo makes by itself',
    options: [
      { flags: '--open', summary: 'make the tour where it is not there yet, and open it' },
      JSON_OUTPUT,
    ],
    examples: ['phyllo samples', 'phyllo samples --open'],
    load: () => import('../commands/samples.ts'),
  },
  {
    names: ['samples make'],
    args: '[name]',
    summary: 'Make a sample image, or all of them',
    examples: ['phyllo samples make tour'],
    load: () => import('../commands/samples-make.ts'),
  },
  {
    names: ['demo'],
    args: '<name>',
    summary: 'Show copy-on-write step by step: phyllo demo cow',
    examples: ['phyllo demo cow', 'PHYLLO_ENGINE=virtual phyllo demo cow'],
    load: () => import('../commands/demo.ts'),
  },
  {
    names: ['system df'],
    summary: 'Show what the store takes on disk',
    options: [{ flags: '-v, --verbose', summary: 'a row an image' }, FORMAT],
    examples: ['phyllo system df -v'],
    load: () => import('../commands/system-df.ts'),
  },
  {
    names: ['system prune'],
    summary: 'Remove containers that do not run, images without a name and data that nothing needs',
    options: [
      {
        flags: '-a, --all',
        summary: 'unpacked layers that no container needs and caches, too; they come back',
      },
      { flags: '-f, --force', summary: 'do not ask' },
    ],
    examples: ['phyllo system prune -f'],
    load: () => import('../commands/system-prune.ts'),
  },
  {
    names: ['system check'],
    summary: 'Verify every blob and the index; fails when something is wrong',
    options: [
      { flags: '--repair', summary: 'set damaged blobs aside, rebuild a damaged index' },
      JSON_OUTPUT,
    ],
    examples: ['phyllo system check --repair'],
    load: () => import('../commands/system-check.ts'),
  },
  {
    names: ['info', 'system info'],
    summary: 'Show the store, the settings and what this machine offers',
    options: [JSON_OUTPUT],
    examples: ['phyllo info'],
    load: () => import('../commands/info.ts'),
  },
  {
    names: ['version'],
    summary: 'Show the version',
    options: [JSON_OUTPUT],
    examples: ['phyllo version'],
    load: () => import('../commands/version.ts'),
  },
  {
    names: ['completion'],
    args: '<shell>',
    summary: 'Print the completion script of bash, zsh or fish',
    examples: ['source <(phyllo completion bash)', 'phyllo completion fish | source'],
    load: () => import('../commands/completion.ts'),
  },
];
