// A process of its own that unpacks: `node unpack-child.ts ensure FOLDER FORM` or `... pause FOLDER FORM`, which stops in
// the middle of the first layer until its input ends. It writes one line of JSON for each thing that it has to tell.
import { readSync, writeSync } from 'node:fs';
import { argv, stdout } from 'node:process';
import { isSystemError, toPhylloError } from '../../src/lib/errors.ts';
import { type UnpackForm, removeFolder, unpackLayer } from '../../src/snapshot/unpack.ts';
import { UnpackedLayers } from '../../src/snapshot/unpacked-layers.ts';
import { Image } from './unpack-fixtures.ts';

const [verb, folder = '', form = 'trusted'] = argv.slice(2);
const image = Image.open(folder);
let unpacked = 0;
let reports = 0;
const layers = new UnpackedLayers(image.unpackedFolder, {
  form: form as UnpackForm,
  worker: {
    unpack: (job, options) => {
      unpacked++;
      return unpackLayer(job, options);
    },
    remove: async (path) => removeFolder(path),
  },
});

/** With the second part of the blob the first one has been unpacked. */
function pause(): void {
  if (verb !== 'pause' || ++reports !== 2) return;
  tell({ paused: true });
  while (!inputEnded()) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
}

/** Standard input is a socket that does not block. */
function inputEnded(): boolean {
  try {
    return readSync(0, Buffer.alloc(1)) === 0;
  } catch (error) {
    if (isSystemError(error, 'EAGAIN')) return false;
    throw error;
  }
}

function tell(value: unknown): void {
  writeSync(stdout.fd, `${JSON.stringify(value)}\n`);
}

try {
  const directories = await layers.ensure(image, { onProgress: pause });
  const warnings = (await layers.list()).flatMap((layer) => layer.warnings);
  tell({ directories, unpacked, warnings });
} catch (error) {
  const { code, message } = toPhylloError(error, 'unpack');
  tell({ code, message });
}
