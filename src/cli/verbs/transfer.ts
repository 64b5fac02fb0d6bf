// Verbs that bring images in and out.
import { PLATFORM, type Verb } from '../verb.ts';

export const TRANSFER_VERBS: readonly Verb[] = [
  {
    names: ['load', 'image load'],
    args: '[file]',
    summary: 'Load images from an archive, an OCI layout or standard input',
    options: [
      { flags: '-i, --input <file>', summary: 'read this file instead of standard input' },
      { flags: '-q, --quiet', summary: 'no progress' },
      PLATFORM,
    ],
    examples: ['phyllo load -i web.tar', 'docker save web | phyllo load'],
    load: () => import('../commands/load.ts'),
  },
  {
    names: ['save', 'image save'],
    args: '<image...>',
    summary: 'Write images to an archive, an OCI layout or standard output',
    options: [
      { flags: '-o, --output <file>', summary: 'write to this file or directory' },
      {
        flags: '--format <format>',
        summary: 'how to write them',
        choices: ['docker-archive', 'oci-archive', 'oci-dir'],
      },
      { flags: '-q, --quiet', summary: 'no progress' },
    ],
    examples: ['phyllo save -o web.tar web:latest', 'phyllo save --format oci-dir -o web/ web:latest'],
    load: () => import('../commands/save.ts'),
  },
  {
    names: ['import', 'image import'],
    args: '<file> [name]',
    summary: 'Make an image of a root file system tar (- is standard input)',
    options: [
      { flags: '-c, --change <instruction>', summary: 'apply a Dockerfile instruction', repeats: true },
      { flags: '-m, --message <text>', summary: 'comment for the history' },
    ],
    examples: ['phyllo import rootfs.tar base:1 -c \'CMD ["/bin/sh"]\''],
    load: () => import('../commands/import.ts'),
  },
  {
    names: ['copy'],
    args: '<source> <destination>',
    summary: 'Copy an image from any place to any other',
    options: [PLATFORM, { flags: '-q, --quiet', summary: 'no progress' }],
    examples: ['phyllo copy web:latest oci:web-layout:latest', 'phyllo copy docker-archive:web.tar web:copy'],
    load: () => import('../commands/copy.ts'),
  },
];
