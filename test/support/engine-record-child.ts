// A process of its own that works on records: `names DIRECTORY COUNT` makes containers with one and the same name,
// `count DIRECTORY ID COUNT` adds to a number in a container's state.
import { argv, stdout } from 'node:process';
import { ContainerRecords } from '../../src/engine/records.ts';
import { isPhylloError } from '../../src/lib/errors.ts';
import { containerConfig } from './engine-records.ts';

const [, , what, directory = '', ...more] = argv;
const records = new ContainerRecords(directory);

if (what === 'names') {
  for (let left = Number(more[0]); left > 0; left--) {
    const made = await records.create(containerConfig(), `name-${left}`).catch((error: unknown) => {
      if (isPhylloError(error, 'already-exists')) return undefined;
      throw error;
    });
    if (made) stdout.write(`${made.name}\n`);
  }
} else {
  for (let left = Number(more[1]); left > 0; left--) {
    await records.updateState(more[0]!, (state) => ({ ...state, exitCode: (state.exitCode ?? 0) + 1 }));
  }
}
