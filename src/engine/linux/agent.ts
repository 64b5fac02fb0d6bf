// The program that holds a container's mounts: started by `launch.ts` in namespaces of its own, once for each running
// container and for each piece of work on one that does not run. Nothing heavy is loaded before the mode is known.
import { argv, stderr } from 'node:process';
import process from 'node:process';

const [, , mode = ''] = argv;

switch (mode) {
  default:
    stderr.write(`phyllo: start agent: it has no mode ${JSON.stringify(mode)}\n`);
    process.exitCode = 64;
}
