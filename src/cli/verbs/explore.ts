// Verbs that look into images. Each takes any form of IMAGE, and copies nothing into the store.
import { JSON_OUTPUT, PLATFORM, UPTO, type Verb } from '../verb.ts';

export const EXPLORE_VERBS: readonly Verb[] = [
  {
    names: ['layers'],
    args: '<image>',
    summary: 'List the layers of an image: what made them, what they hold, what is dead in them',
    options: [JSON_OUTPUT, PLATFORM, { flags: '--no-trunc', summary: 'whole instructions' }],
    examples: ['phyllo layers web:latest', 'phyllo layers --json ./web.tar'],
    load: () => import('../commands/layers.ts'),
  },
  {
    names: ['tree'],
    args: '<image>',
    summary: 'List the files of an image, or what one layer changed',
    options: [
      { flags: '--layer <layer>', summary: 'only what this layer changed', isNumber: true },
      UPTO,
      { flags: '--path <dir>', summary: 'only this directory and what is below' },
      { flags: '--depth <levels>', summary: 'go only so deep', isNumber: true },
      { flags: '--only <statuses>', summary: 'some of added,modified,removed,unchanged' },
      { flags: '--sort <order>', summary: 'biggest first, or by name', choices: ['size', 'name'] },
      { flags: '--glob <pattern>', summary: 'only paths that match: *.conf, /etc/**' },
      { flags: '--regex <pattern>', summary: 'only paths that match' },
      JSON_OUTPUT,
      PLATFORM,
    ],
    examples: ['phyllo tree --layer 2 web:latest', 'phyllo tree --path /etc --depth 1 web:latest'],
    load: () => import('../commands/tree.ts'),
  },
  {
    names: ['cat'],
    args: '<image> <path>',
    summary: 'Print a file of an image',
    options: [UPTO, PLATFORM],
    examples: ['phyllo cat web:latest /etc/os-release', 'phyllo cat --upto 0 web:latest /etc/passwd'],
    load: () => import('../commands/cat.ts'),
  },
  {
    names: ['extract'],
    args: '<image> <path> <directory>',
    summary: 'Write a file or a directory of an image below a directory',
    options: [UPTO, JSON_OUTPUT, PLATFORM],
    examples: ['phyllo extract web:latest /etc/nginx ./out'],
    load: () => import('../commands/extract.ts'),
  },
  {
    names: ['blame'],
    args: '<image> <path>',
    summary: 'List the layers that touched a path: what changed, how many bytes, which instruction',
    options: [JSON_OUTPUT, PLATFORM, { flags: '--no-trunc', summary: 'whole instructions' }],
    examples: ['phyllo blame web:latest /etc/nginx/nginx.conf', 'phyllo blame container:web-1 /etc/hosts'],
    load: () => import('../commands/blame.ts'),
  },
  {
    names: ['compare'],
    args: '<a> <b>',
    summary: 'Compare two images, or an image and a container: layers, settings, packages, files',
    options: [
      { flags: '--content', summary: 'show how the texts of files differ, too' },
      { flags: '--upto-a <layer>', summary: 'the first as its files are after this layer', isNumber: true },
      { flags: '--upto-b <layer>', summary: 'the second as its files are after this layer', isNumber: true },
      JSON_OUTPUT,
      PLATFORM,
    ],
    examples: [
      'phyllo compare web:1.0 web:1.1',
      'phyllo compare --content web:latest container:web-1',
      'phyllo compare --upto-a 2 --upto-b 4 web:latest web:latest',
    ],
    load: () => import('../commands/compare.ts'),
  },
  {
    names: ['shell'],
    args: '<image>',
    summary:
      'Look around in an image with a simulated shell; nothing is stored, no program of the image runs',
    options: [
      UPTO,
      { flags: '-c, --command <script>', summary: 'run this instead of what is typed or piped in' },
      { flags: '-i, --interactive', summary: 'the script of -c gets our standard input' },
      PLATFORM,
    ],
    examples: ['phyllo shell web:latest', 'phyllo shell --upto 0 -c "ls -l /etc" ./web.tar'],
    load: () => import('../commands/shell.ts'),
  },
];
