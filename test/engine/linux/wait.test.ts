// Waiting for a container that goes while one begins to wait.
import { expect, test } from 'vitest';
import { noContainer } from '../../../src/engine/find-container.ts';
import { ContainerTruth } from '../../../src/engine/linux/linux-engine-truth.ts';
import { ContainerWait } from '../../../src/engine/linux/linux-engine-wait.ts';
import { ContainerRecords } from '../../../src/engine/records.ts';
import { aContainer } from '../../support/containers.ts';
import { temporaryFolder } from '../../support/image-folder.ts';

test('a container that is removed between a look at it and the wait is not there', async () => {
  const records = new ContainerRecords(temporaryFolder());
  const container = aContainer({ status: 'created' });
  const looks = [Promise.resolve(container), Promise.reject(noContainer(container.id))];
  looks[1]!.catch(() => undefined);
  class Changing extends ContainerTruth {
    override get(): ReturnType<ContainerTruth['get']> {
      return looks.shift()!;
    }
  }
  const wait = new ContainerWait(records, new Changing(records, () => Promise.resolve()));
  await expect(wait.wait(container.id, {})).rejects.toMatchObject({ code: 'not-found' });
});
