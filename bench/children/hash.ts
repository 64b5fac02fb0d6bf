// Node's own sha256 of a file, and nothing else: a floor that no faster or slower program's build decides.
import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';
import { answer, childArguments } from './answer.ts';

const { path } = childArguments('path');
const start = performance.now();
const hash = createHash('sha256');
const buffer = Buffer.allocUnsafe(1024 * 1024);
const file = openSync(path, 'r');
for (let got = readSync(file, buffer); got > 0; got = readSync(file, buffer))
  hash.update(buffer.subarray(0, got));
closeSync(file);
answer({ digest: hash.digest('hex'), hashMs: performance.now() - start });
