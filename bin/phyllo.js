#!/bin/sh
':' // A shell starts Node so that options after this file are ours alone, also --env-file ; exec node -- "$0" "$@"

// Starts the bundle, on a Node that is new enough: an older one hands over to the Node that the repository brings. A script,
// not a module (see package.json beside it): Node starts those sooner.
const { join } = require('node:path');

const OLDEST = [22, 15];
const [major, minor] = process.versions.node.split('.').map(Number);

if (major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])) {
  require('../dist/start.cjs');
} else {
  const own = join(__dirname, '../node_modules/.bin/node');
  if (!require('node:fs').existsSync(own)) {
    process.stderr.write(
      `phyllo: start phyllo: it needs Node ${OLDEST.join('.')} or newer, this is ${process.versions.node}\n` +
        '  Install a newer Node, or put one first on PATH.\n',
    );
    process.exit(1);
  }
  const { spawnSync } = require('node:child_process');
  const { status, signal } = spawnSync(own, ['--', ...process.argv.slice(1)], { stdio: 'inherit' });
  if (signal) process.kill(process.pid, signal);
  process.exitCode = status ?? 1;
}
