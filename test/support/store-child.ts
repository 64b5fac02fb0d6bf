// A process of its own that works on a store: `node store-child.js VERB ROOT ...`. It ends with one line of JSON: what it
// did, or the code and message of the error that stopped it.
import { argv, stdin, stdout } from 'node:process';
import { once } from 'node:events';
import { toPhylloError } from '../../src/lib/errors.ts';
import { Locker } from '../../src/lib/lock.ts';
import { openStore } from '../../src/store/store.ts';
import { buildImage, loadImage, removeImage } from './store-images.ts';

export interface ChildResult {
  readonly done?: string;
  readonly code?: string;
  readonly message?: string;
}

const [verb = '', root = '', ...rest] = argv.slice(2);

const verbs: Readonly<Record<string, () => Promise<string | void>>> = {
  /** load ROOT NAME TEXT...: an image of one layer a text. */
  async load() {
    const [name = '', ...texts] = rest;
    await loadImage(await openStore(root), await buildImage(...texts), name);
  },
  async remove() {
    await removeImage(await openStore(root), await buildImage(...rest));
  },
  /** tag ROOT TEXT NAME...: one update a name. */
  async tag() {
    const [text = '', ...names] = rest;
    const store = await openStore(root);
    const { descriptor } = (await buildImage(text)).image;
    for (const reference of names) await store.update({ set: [{ reference, descriptor }] });
  },
  async gc() {
    await (await openStore(root)).gc({ graceMs: Number(rest[0]) });
  },
  /** Puts the texts as blobs and holds its lease until its input ends. */
  async hold() {
    const store = await openStore(root);
    const lease = await store.lease('hold');
    for (const text of rest) await store.put(Buffer.from(text), undefined, { lease });
    await holding();
    await lease.release();
  },
  /** lock PATH MODE TIMEOUT */
  async lock() {
    const [mode, timeout] = rest;
    const lock = await new Locker().acquire(root, {
      mode: mode === 'shared' ? 'shared' : 'exclusive',
      purpose: 'test',
      timeoutMs: Number(timeout),
    });
    await holding();
    await lock.release();
  },
  async images() {
    return (await (await openStore(root)).images()).flatMap(({ references }) => references).join(' ');
  },
  async put() {
    const store = await openStore(root);
    for (const text of rest) await store.put(Buffer.from(text), undefined);
  },
  async check() {
    const { problems } = await (await openStore(root)).check();
    return problems.map(({ what }) => what).join('; ');
  },
};

async function holding(): Promise<void> {
  stdout.write('holding\n');
  stdin.resume();
  await once(stdin, 'end');
}

function print(result: ChildResult): void {
  stdout.write(`${JSON.stringify(result)}\n`);
}

try {
  print({ done: (await verbs[verb]!()) ?? '' });
} catch (error) {
  const { code, message } = toPhylloError(error, verb);
  print({ code, message });
}
