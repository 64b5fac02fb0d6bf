// A container's screen in the terminal UI, with a container that the test plays.
import type { Container } from '../../src/engine/container.ts';
import { type Ui, openUi } from './tui-app.ts';
import type { FakeContainer } from './tui-container.ts';
import { FakeContainers } from './tui-containers.ts';
import { memoryServices } from './tui-explored.ts';
import { type LayerSpec, layer } from './layers.ts';

export const BASE: readonly LayerSpec[] = [
  { 'etc/': {}, 'etc/passwd': 'root:x:0:0\n', 'etc/nginx.conf': 'x'.repeat(2000) },
  { 'usr/': {}, 'usr/big': { sizeBytes: 2_000_000 } },
];

export interface ContainerStart {
  readonly columns?: number;
  readonly rows?: number;
  readonly facts?: Partial<Container>;
  readonly keys?: Readonly<Record<string, readonly string[]>>;
  readonly mouse?: boolean;
  /** Before the screen is opened. */
  readonly before?: (container: FakeContainer) => void;
}

export interface OpenContainer {
  readonly ui: Ui;
  readonly containers: FakeContainers;
  readonly container: FakeContainer;
}

export function uiWith(
  containers: FakeContainers,
  { columns = 120, rows = 40, keys = {}, mouse = false }: ContainerStart = {},
): Ui {
  const services = memoryServices({ layers: BASE.map(layer) }, containers);
  return openUi({
    services: {
      ...services,
      system: { ...services.system, readOnly: false },
      settings: { ...services.settings, keys, mouse },
    },
    columns,
    rows,
  });
}

export async function openContainer(start: ContainerStart = {}): Promise<OpenContainer> {
  const containers = new FakeContainers(BASE);
  const container = containers.add('web', start.facts);
  start.before?.(container);
  const ui = uiWith(containers, start);
  await ui.press('containers.open');
  await ui.shows('web');
  await ui.press('item.open');
  await ui.shows(/R\/W sh|Layers {2}2|R\/W \d/);
  return { ui, containers, container };
}
