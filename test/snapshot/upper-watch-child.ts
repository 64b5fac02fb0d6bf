// Watches an upperdir and prints a line for every layer: whether it polls, its paths, and, once nothing happens any
// more, how many timers run.
import { argv, getActiveResourcesInfo, stdout } from 'node:process';
import { UpperWatch } from '../../src/snapshot/upper-watch.ts';

const watch = new UpperWatch(argv[2]!);
const timers = (): number => getActiveResourcesInfo().filter((name) => name === 'Timeout').length;

function print(paths: readonly string[]): void {
  stdout.write(`${JSON.stringify({ polling: watch.polling ?? null, paths, timers: timers() })}\n`);
}

for await (const { tree } of watch.layers()) {
  const paths = Array.from({ length: tree.count }, (_, node) => Buffer.from(tree.pathBytes(node)).toString());
  print(paths);
  // Resolves when the event loop would sleep but for the watching: a timer that is polled for would show itself here.
  if (paths.includes('last')) {
    const tick = setInterval(() => {
      if (timers() > 1) return;
      clearInterval(tick);
      setImmediate(() => print(paths));
    }, 50);
  }
}
