#!/usr/bin/env node
// Starts the bundle, on a Node that is new enough: an older one hands over to the Node that the repository brings.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import module from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const OLDEST = [22, 15];
const [major, minor] = process.versions.node.split('.').map(Number);

if (major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])) {
  // Compiled code is kept from start to start; where that cannot be, Node goes on without a word.
  module.enableCompileCache(join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'phyllo'));
  await import('../dist/cli.js');
} else {
  const own = fileURLToPath(new URL('../node_modules/.bin/node', import.meta.url));
  if (!existsSync(own)) {
    process.stderr.write(
      `phyllo: start phyllo: it needs Node ${OLDEST.join('.')} or newer, this is ${process.versions.node}\n` +
        '  Install a newer Node, or put one first on PATH.\n',
    );
    process.exit(1);
  }
  const { status, signal } = spawnSync(own, process.argv.slice(1), { stdio: 'inherit' });
  if (signal) process.kill(process.pid, signal);
  process.exitCode = status ?? 1;
}
