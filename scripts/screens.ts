// Pictures of the screens, from real runs on the sample images: the app on a terminal emulator, driven by its actions.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { composeServices } from '../src/app/compose.ts';
import type { ActionId } from '../src/tui/keymap/actions.ts';
import { startTui } from '../src/tui/run.tsx';
import { FakeInput, TestScreen } from '../test/support/screen.ts';
import { screenSvg } from './svg.ts';

interface Scene {
  readonly name: string;
  readonly title: string;
  readonly size: readonly [columns: number, rows: number];
  readonly image?: string;
  readonly demo?: 'cow';
  /** The context of a build. */
  readonly build?: string;
  /** An action, what the screen has to show before the next one, or milliseconds to wait. */
  readonly steps: readonly (ActionId | RegExp | number)[];
}

const TOUR = 'phyllo/tour:latest';
const WIDE = [128, 30] as const;
const STEP_DOWN = ['layer.previous', 'layer.previous', 'layer.previous'] as const;

const SCENES: readonly Scene[] = [
  {
    name: 'images',
    title: 'The images of the store',
    size: [128, 24],
    steps: [/tour:slim/, 'details.toggle', /platform/],
  },
  {
    name: 'image-tree',
    title: 'Images as a tree of shared layers grown from scratch',
    size: [128, 16],
    steps: [/tour:slim/, 'arrangement.toggle', /scratch/],
  },
  {
    name: 'stack',
    title: 'One image: its layers, and what one of them changed',
    size: WIDE,
    image: TOUR,
    steps: [/dead/, ...STEP_DOWN, 'details.toggle', /chainID|killed by|copied/],
  },
  {
    name: 'squashed',
    title: 'All files up to a layer, filtered',
    size: WIDE,
    image: TOUR,
    steps: [/dead/, 'layer.previous', 'squashed.show', 'files.focus', /Files up to layer 8/],
  },
  {
    name: 'diff',
    title: 'What a layer changed in a file',
    size: WIDE,
    image: TOUR,
    steps: [
      /dead/,
      ...STEP_DOWN,
      'layer.previous',
      'layer.previous',
      'files.focus',
      'cursor.last',
      'diff.toggle',
      /@@/,
    ],
  },
  {
    name: 'bloat',
    title: 'Where the dead bytes of an image are, whose they are, and what would save them',
    size: [140, 36],
    image: TOUR,
    steps: [/dead/, 'bloat.open', /squashed into one/, /twice +(?!not known)\w/],
  },
  {
    name: 'compare',
    title: 'Two images side by side',
    size: [140, 30],
    steps: [/tour:slim/, 'cursor.first', 'item.mark', 'items.compare', /3 shared/],
  },
  {
    name: 'build',
    title: 'A Dockerfile step by step: what a step changed, and why its cache missed',
    size: [140, 36],
    build: 'samples/tour',
    steps: [
      /FROM/,
      ...(['layer.next', /1\/15 .*done/] as const),
      ...(['layer.next', /2\/15 .*done/] as const),
      ...(['layer.next', /3\/15 .*done/, /Changes in layer 1/, /run to here/] as const),
    ],
  },
  {
    name: 'small',
    title: 'At 80x24 panes are tabs',
    size: [80, 24],
    image: TOUR,
    steps: [/dead/, ...STEP_DOWN, 'files.focus', /Changes in layer 6/],
  },
  {
    name: 'help',
    title: 'Every key of a screen',
    size: [100, 30],
    image: TOUR,
    steps: [/dead/, 'help.open', /half a page/],
  },
  {
    name: 'copy-on-write',
    title: 'Two containers of one image: what each of them wrote, as it happens',
    size: [140, 40],
    demo: 'cow',
    // Until the layers are read, and until each step was run, nothing on the screen tells that it goes on.
    steps: [
      /Two containers, one image/,
      ...([5000, 'step.next', /2\. /] as const),
      ...([5000, 'step.next', /copy-up +\/data/] as const),
      ...([2000, 'step.next', /4\. /] as const),
      ...([2000, 'step.next', /add +\//] as const),
      ...([2000, 'step.next', /6\. /] as const),
      ...([2000, 'step.next', /whiteout +\//] as const),
      1000,
    ],
  },
];

const TIMEOUT_MS = 30_000;
/** Ages are told from here, so that the pictures do not age. */
const NOW_MS = Date.UTC(2024, 4, 20);

export async function drawScreens(folder: string): Promise<void> {
  const root = await mkdtemp(join(tmpdir(), 'phyllo-screens-'));
  const services = await composeServices({ env: { PHYLLO_ENGINE: 'virtual' }, root });
  try {
    for (const { name } of await services.samples.list()) await services.samples.make(name);
    for (const scene of SCENES)
      await writeFile(join(folder, `${scene.name}.svg`), await draw(scene, services));
  } finally {
    for (const { id } of await services.containers.list())
      await services.containers.remove(id, { force: true });
    await services.close();
    await rm(root, { recursive: true });
  }
}

async function draw(scene: Scene, services: Awaited<ReturnType<typeof composeServices>>): Promise<string> {
  const screen = new TestScreen(...scene.size);
  const input = new FakeInput();
  const env = { TERM: 'xterm-256color' };
  const session = startTui({
    services,
    input,
    output: screen,
    env,
    image: scene.image,
    demo: scene.demo,
    ...(scene.build !== undefined && { build: { context: scene.build } }),
    wallMs: () => NOW_MS,
  });
  screen.onAnswer = (text) => input.send(text);
  for (const step of scene.steps) {
    if (typeof step === 'string') session.app.perform(step);
    else if (typeof step === 'number') await new Promise((resolve) => setTimeout(resolve, step));
    else await shows(screen, step, scene.name);
  }
  await screen.settled();
  const svg = screenSvg(screen.cells(), scene.title);
  session.quit();
  await session.done;
  return svg;
}

async function shows(screen: TestScreen, wanted: RegExp, scene: string): Promise<void> {
  const end = performance.now() + TIMEOUT_MS;
  while (!screen.lines().some((line) => wanted.test(line))) {
    if (performance.now() > end)
      throw new Error(`${scene}: never showed ${wanted}:\n${screen.lines().join('\n')}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
    await screen.settled();
  }
}
