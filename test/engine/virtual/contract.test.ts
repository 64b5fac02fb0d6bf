// The engine contract held by the virtual engine, over an image whose programs nobody runs.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { VirtualEngine } from '../../../src/engine/virtual/virtual-engine.ts';
import type { Layer } from '../../layer/apply-fixtures.ts';
import { buildLayer } from '../../support/image-build.ts';
import { ELF } from '../../support/virtual-shell.ts';
import { describeEngineContract } from '../contract.ts';

const PROGRAMS =
  'stty sh cat ls echo rm mkdir ln chmod touch sleep stat id head tail cp mv env pwd test seq dd yes wc sort grep true false';

const BASE: Layer = Object.fromEntries(
  PROGRAMS.split(' ').map((name) => [`bin/${name}`, { content: ELF, mode: 0o755 }]),
);

describeEngineContract('virtual', {
  lacks: ['signals'],
  base: () => buildLayer(BASE),
  makeFixture: async () => {
    const root = mkdtempSync(join(tmpdir(), 'phyllo-virtual-engine-'));
    const engine = new VirtualEngine({
      containers: join(root, 'containers'),
      inflated: join(root, 'inflated'),
    });
    return {
      engine,
      close: async () => {
        for (const { id } of await engine.list()) await engine.remove(id, { force: true });
        await engine.close();
        rmSync(root, { recursive: true, force: true });
      },
    };
  },
});
