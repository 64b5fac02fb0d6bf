// An image with the entries, sizes and whiteouts of the sample that dive publishes figures of: busybox, then thirteen
// instructions that copy, chmod, move and delete one file of 6,405 bytes.
import type { LayerSpec } from '../../support/layers.ts';

const file = { sizeBytes: 6405 };
const BUSYBOX_BYTES = 1_075_464;
const REST_BYTES = 78_897;
const SCRIPTS_BYTES = 2187;

const applets = Array.from({ length: 392 }, (_, at): [string, object] => [
  `bin/applet-${at}`,
  { type: 'hardlink', link: 'bin/[' },
]);

export const SAMPLE_LAYERS: LayerSpec[] = [
  [
    ['bin/', {}],
    ['bin/[', { sizeBytes: BUSYBOX_BYTES, mode: 0o755 }],
    ...applets,
    ['etc/', {}],
    ['etc/rest', { sizeBytes: REST_BYTES }],
    ['root/', { mode: 0o700 }],
    ['tmp/', { mode: 0o1777 }],
  ],
  { 'somefile.txt': file },
  { 'root/': {}, 'root/example/': {}, 'root/example/really/': {}, 'root/example/really/nested/': {} },
  { 'root/example/': {}, 'root/example/somefile1.txt': file },
  { 'root/example/': {}, 'root/example/somefile1.txt': { ...file, mode: 0o444 } },
  { 'root/example/': {}, 'root/example/somefile2.txt': file },
  { 'root/example/': {}, 'root/example/somefile3.txt': file },
  { 'root/': {}, 'root/example/': {}, 'root/example/.wh.somefile3.txt': '', 'root/saved.txt': file },
  { 'root/': {}, 'root/.saved.txt': file },
  { 'root/': {}, 'root/.wh.example': '' },
  { 'root/': {}, 'root/.data/': {}, 'root/.data/script.sh': { sizeBytes: SCRIPTS_BYTES } },
  { 'tmp/': {}, 'tmp/saved.again1.txt': file },
  { 'root/.data/': {}, 'root/.data/saved.again2.txt': file },
  { 'root/': {}, 'root/saved.txt': { ...file, mode: 0o755 } },
];
