// The screen of a build in the terminal UI, with a build that the test plays.
import type { BuildRequest } from '../../src/app/build-services.ts';
import type { Services } from '../../src/app/services.ts';
import { layer } from './layers.ts';
import { type Ui, openUi } from './tui-app.ts';
import { FakeBuilds, type FakeSession, type StepPlan } from './tui-build.ts';
import { BASE_LAYER } from './tui-build-image.ts';
import { FakeContainers } from './tui-containers.ts';
import { memoryServices } from './tui-explored.ts';

export const DOCKERFILE = `# syntax=docker/dockerfile:1
FROM debian:12 AS base
ENV VERSION=2 \\
    LANG=C
RUN apt-get update && \\
    apt-get install -y nginx
COPY src /srv/src
RUN make -j4
CMD ["nginx"]
`;

export interface BuildStart {
  readonly text?: string;
  readonly plans?: Readonly<Record<string, StepPlan>>;
  readonly columns?: number;
  readonly rows?: number;
  readonly request?: BuildRequest;
  /** Before the screen is opened. */
  readonly before?: (builds: FakeBuilds) => void;
  /** What the user does in the editor. */
  readonly edit?: (builds: FakeBuilds, path: string, line: number) => Promise<void> | void;
}

export interface OpenedBuild {
  readonly ui: Ui;
  readonly builds: FakeBuilds;
  readonly session: FakeSession;
  readonly containers: FakeContainers;
}

export function buildServices(builds: FakeBuilds, containers: FakeContainers): Services {
  const services = memoryServices({ layers: [layer(BASE_LAYER)] }, containers);
  return { ...services, builds, system: { ...services.system, readOnly: false } };
}

export function uiOfBuild(start: BuildStart = {}): {
  ui: Ui;
  builds: FakeBuilds;
  containers: FakeContainers;
} {
  const { text = DOCKERFILE, plans = {}, columns = 140, rows = 44, request = { context: 'app' } } = start;
  const containers = new FakeContainers([BASE_LAYER]);
  const builds = new FakeBuilds(text, plans, containers);
  start.before?.(builds);
  const { edit } = start;
  const ui = openUi({
    services: buildServices(builds, containers),
    build: request,
    columns,
    rows,
    ...(edit && { editFile: async (path, line) => edit(builds, path, line) }),
  });
  return { ui, builds, containers };
}

export async function openBuild(start: BuildStart = {}): Promise<OpenedBuild> {
  const opened = uiOfBuild(start);
  await opened.ui.shows(/step 1\/\d+/);
  return { ...opened, session: opened.builds.build.session };
}

/** The gutter beside each line of the Dockerfile, by line number: what stands there, and whether it is lit. */
export function gutter(ui: Ui): Record<number, string> {
  const marks: Record<number, string> = {};
  for (const row of ui.pane('source').rows) {
    const match = /^.(.{1,3}?) *(\d+) ([ ┃])/u.exec(row);
    if (!match) continue;
    const text = `${match[1]!.trim()}${match[3]!.trim()}`;
    if (text !== '') marks[Number(match[2])] = text;
  }
  return marks;
}
