// Verbs for the images of our store.
import { FORMAT, type Verb } from '../verb.ts';

export const IMAGE_VERBS: readonly Verb[] = [
  {
    names: ['images', 'image ls', 'image list'],
    args: '[name]',
    summary: 'List images',
    options: [
      { flags: '-a, --all', summary: 'all images (none are hidden here)' },
      { flags: '-q, --quiet', summary: 'IDs only' },
      { flags: '--digests', summary: 'show the digest of the manifest' },
      { flags: '--no-trunc', summary: 'whole IDs' },
      { flags: '--shared', summary: 'show the bytes that other images use too' },
      {
        flags: '-f, --filter <filter>',
        summary: 'dangling=true, reference=GLOB, label=KEY[=VALUE], before=IMAGE or since=IMAGE',
        repeats: true,
      },
      FORMAT,
    ],
    examples: ['phyllo images', "phyllo images --filter reference='web*' --format '{{.ID}} {{.Size}}'"],
    load: () => import('../commands/images.ts'),
  },
  {
    names: ['history', 'image history'],
    args: '<image>',
    summary: 'Show what made an image, newest first',
    options: [
      { flags: '-q, --quiet', summary: 'IDs only' },
      { flags: '--no-trunc', summary: 'whole IDs and instructions' },
      { flags: '-H, --human', summary: 'sizes and times for people (the default)' },
      { flags: '--no-human', summary: 'sizes in bytes, times in full; -H=false is the same' },
      FORMAT,
    ],
    examples: ['phyllo history web:latest', 'phyllo history --no-trunc ./web.tar'],
    load: () => import('../commands/history.ts'),
  },
  {
    names: ['inspect'],
    args: '<name...>',
    summary: 'Show all about containers and images as JSON',
    options: [{ flags: '-f, --format <format>', summary: 'json, or a Go template such as {{json .Config}}' }],
    examples: ['phyllo inspect web', "phyllo inspect --format '{{json .Config.Env}}' web:latest"],
    load: () => import('../commands/inspect.ts'),
  },
  {
    names: ['image inspect'],
    args: '<image...>',
    summary: 'Show all about images as JSON',
    options: [{ flags: '-f, --format <format>', summary: 'json, or a Go template such as {{json .Config}}' }],
    examples: ['phyllo image inspect web:latest'],
    load: () => import('../commands/image-inspect.ts'),
  },
  {
    names: ['tag', 'image tag'],
    args: '<image> <name>',
    summary: 'Give an image one more name',
    examples: ['phyllo tag web:latest web:1.4'],
    load: () => import('../commands/tag.ts'),
  },
  {
    names: ['rmi', 'image rm', 'image remove'],
    args: '<image...>',
    summary: 'Remove names; an image goes with its last one',
    options: [{ flags: '-f, --force', summary: 'by ID: with all its names; no error for what is not there' }],
    examples: ['phyllo rmi web:1.3', 'phyllo rmi -f 3f2a9c01b7de'],
    load: () => import('../commands/rmi.ts'),
  },
  {
    names: ['image prune'],
    summary: 'Remove images without a name',
    options: [
      { flags: '-a, --all', summary: 'all images' },
      { flags: '-f, --force', summary: 'do not ask' },
    ],
    examples: ['phyllo image prune -f'],
    load: () => import('../commands/image-prune.ts'),
  },
];
