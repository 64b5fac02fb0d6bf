// Rows of the containers screen. Pure.
import type { Container } from '../../engine/container.ts';
import { safeText } from '../../lib/text.ts';
import { displaySize, humanAgo } from '../../lib/units.ts';
import { GUTTER, GUTTER_NONE, MARKED, STATE_GLYPH } from '../theme/glyphs.ts';
import type { Theme, Token } from '../theme/theme.ts';
import { fit } from '../width.ts';

export interface ContainerRowFacts {
  readonly container: Container;
  readonly isMarked: boolean;
  readonly nowMs: number;
  /** Of the R/W layer; undefined while it is asked for, negative when nobody can tell. */
  readonly sizeBytes: number | undefined;
}

interface Columns {
  readonly name: number;
  readonly image: number;
  readonly state: number;
  readonly engine: number;
  readonly created: number;
  readonly size: number;
  readonly ports: number;
}

const GAP = '  ';

/** What there is room for: ports go first, then the engine, which the details tell as well. */
function columnsFor(width: number): Columns {
  const fixed = {
    state: 12,
    engine: width >= 96 ? 7 : 0,
    created: 14,
    size: 9,
    ports: width >= 110 ? 26 : 0,
  };
  const gaps = (4 + Number(fixed.engine > 0) + Number(fixed.ports > 0)) * GAP.length;
  const used = fixed.state + fixed.engine + fixed.created + fixed.size + fixed.ports + gaps + 2;
  const rest = Math.max(20, width - used);
  const name = rest >> 1;
  return { ...fixed, name, image: rest - name };
}

interface Cells {
  readonly state: string;
  readonly name: string;
  readonly image: string;
  readonly engine: string;
  readonly created: string;
  readonly size: string;
  readonly ports: string;
}

const HEADING: Cells = {
  state: 'STATE',
  name: 'NAME',
  image: 'IMAGE',
  engine: 'ENGINE',
  created: 'CREATED',
  size: 'R/W LAYER',
  ports: 'PORTS',
};

function join(cells: Cells, columns: Columns, paintState: (text: string) => string): string {
  const list = [
    paintState(fit(cells.state, columns.state)),
    fit(cells.name, columns.name),
    fit(cells.image, columns.image),
    ...(columns.engine > 0 ? [fit(cells.engine, columns.engine)] : []),
    fit(cells.created, columns.created),
    fit(cells.size, columns.size, { align: 'right' }),
  ];
  if (columns.ports > 0) list.push(fit(cells.ports, columns.ports));
  return list.join(GAP);
}

export function containerHeading(width: number, theme: Theme): string {
  return theme.muted(fit(`  ${join(HEADING, columnsFor(width), (text) => text)}`, width));
}

export function containerRow(
  facts: ContainerRowFacts,
  { width, isCurrent }: { readonly width: number; readonly isCurrent: boolean },
  theme: Theme,
): string {
  const columns = columnsFor(width);
  const cells = cellsOf(facts);
  const mark = facts.isMarked ? MARKED : ' ';
  if (isCurrent) return theme.selection(fit(GUTTER + mark + join(cells, columns, (text) => text), width));
  const paint = theme[stateToken(facts.container)];
  return fit(GUTTER_NONE + theme.mark(mark) + join(cells, columns, paint), width);
}

function cellsOf({ container, nowMs, sizeBytes }: ContainerRowFacts): Cells {
  const size = sizeBytes === undefined ? '…' : sizeBytes < 0 ? '?' : displaySize(sizeBytes);
  return {
    state: stateText(container),
    name: safeText(container.name),
    image: safeText(container.image.name),
    engine: container.engine,
    created: shortAgo(container.created, nowMs),
    size,
    ports: portsText(container),
  };
}

/** Docker's own words are too long for a column. */
function shortAgo(time: string, nowMs: number): string {
  return humanAgo(time, nowMs)
    .replace(/^Less than a second ago$/, 'just now')
    .replace(/^About (an?) /, '$1 ');
}

/** `▲ running`, `■ exited 1`: glyph and word. */
export function stateText({ status, exitCode }: Container): string {
  const code = status === 'exited' && exitCode !== undefined ? ` ${exitCode}` : '';
  return `${STATE_GLYPH[status]} ${status}${code}`;
}

function stateToken({ status, exitCode }: Container): Token {
  if (status === 'running') return 'success';
  if (status === 'dead') return 'error';
  return status === 'exited' && exitCode !== 0 ? 'warning' : 'muted';
}

/** As docker has them: those that are open now, else those that were asked for. */
export function portsText({ published, ports }: Container): string {
  const shown = published.length > 0 ? published : ports;
  return shown
    .map(({ hostIp, hostPort, containerPort, protocol }) => {
      const host = hostPort === undefined ? '' : `${hostIp === '' ? '' : `${hostIp}:`}${hostPort}->`;
      return safeText(`${host}${containerPort}/${protocol}`);
    })
    .join(', ');
}
