// What people see of the table: footer hints, help, palette, and the table of the documentation.
import type { Group } from './action-shape.ts';
import { ACTIONS, type Action, type ActionId } from './actions.ts';
import { keyLabel } from './key-name.ts';
import type { Keymap } from './keymap.ts';
import { disabledReason, type KeyContext } from './resolve.ts';
import type { Scope } from './scopes.ts';

export interface Hint {
  /** `[ ]`, `⏎` */
  readonly keys: string;
  readonly label: string;
}

type HintSource = readonly [label: string, ...ids: ActionId[]];

/** In the order of worth; those that cannot be done now are left out, the first six of the rest are shown. */
const FOOTER: Readonly<Record<Scope, readonly HintSource[]>> = {
  images: [
    ['open', 'item.open'],
    ['run', 'image.run'],
    ['compare', 'items.compare'],
    ['containers', 'containers.open'],
    ['build', 'image.build'],
    ['pull', 'image.pull'],
    ['keys', 'help.open'],
    ['samples', 'samples.make'],
    ['filter', 'filter.edit'],
    ['commands', 'palette.open'],
    ['quit', 'app.quit'],
  ],
  stack: [
    ['layer', 'layer.previous', 'layer.next'],
    ['changes', 'changes.show'],
    ['squashed', 'squashed.show'],
    ['files', 'item.open'],
    ['keys', 'help.open'],
    ['commands', 'palette.open'],
  ],
  tree: [
    ['layer', 'layer.previous', 'layer.next'],
    ['filter', 'filter.edit'],
    ['open', 'item.open'],
    ['blame', 'blame.show'],
    ['keys', 'help.open'],
    ['commands', 'palette.open'],
  ],
  file: [
    ['layer', 'layer.previous', 'layer.next'],
    ['diff', 'diff.toggle'],
    ['find', 'filter.edit'],
    ['extract', 'entry.extract'],
    ['back', 'view.back'],
    ['keys', 'help.open'],
  ],
  containers: [
    ['open', 'item.open'],
    ['start', 'container.start'],
    ['stop', 'container.stop'],
    ['shell', 'container.shell'],
    ['side by side', 'items.compare'],
    ['images', 'images.open'],
    ['keys', 'help.open'],
  ],
  'live-stack': [
    ['terminal', 'terminal.enter'],
    ['start', 'container.start'],
    ['layer', 'layer.previous', 'layer.next'],
    ['changes', 'changes.show'],
    ['commit', 'container.commit'],
    ['keys', 'help.open'],
    ['commands', 'palette.open'],
  ],
  'live-tree': [
    ['terminal', 'terminal.enter'],
    ['start', 'container.start'],
    ['filter', 'filter.edit'],
    ['open', 'item.open'],
    ['commit', 'container.commit'],
    ['keys', 'help.open'],
    ['commands', 'palette.open'],
  ],
  shell: [
    ['type into it', 'item.open'],
    ['start', 'container.start'],
    ['scroll', 'cursor.up', 'cursor.down'],
    ['shell', 'container.shell'],
    ['stop', 'container.stop'],
    ['keys', 'help.open'],
    ['commands', 'palette.open'],
  ],
  events: [
    ['go there', 'item.open'],
    ['newest', 'cursor.last'],
    ['terminal', 'terminal.enter'],
    ['commit', 'container.commit'],
    ['keys', 'help.open'],
    ['commands', 'palette.open'],
  ],
  commit: [
    ['commit', 'container.commit'],
    ['leave out', 'item.mark'],
    ['name', 'item.name'],
    ['message', 'commit.message'],
    ['back', 'view.back'],
    ['keys', 'help.open'],
  ],
  source: [
    ['step', 'layer.previous', 'layer.next'],
    ['run on', 'build.continue'],
    ['run to here', 'build.run-to'],
    ['breakpoint', 'breakpoint.toggle'],
    ['edit', 'dockerfile.edit'],
    ['keys', 'help.open'],
    ['output', 'terminal.focus'],
    ['commands', 'palette.open'],
  ],
  output: [
    ['step', 'layer.previous', 'layer.next'],
    ['run on', 'build.continue'],
    ['scroll', 'cursor.up', 'cursor.down'],
    ['shell', 'shell.before', 'shell.after'],
    ['edit', 'dockerfile.edit'],
    ['keys', 'help.open'],
    ['commands', 'palette.open'],
  ],
  'build-stack': [
    ['step', 'layer.previous', 'layer.next'],
    ['run on', 'build.continue'],
    ['changes', 'changes.show'],
    ['open the image', 'image.open'],
    ['keys', 'help.open'],
    ['commands', 'palette.open'],
  ],
  'build-tree': [
    ['step', 'layer.previous', 'layer.next'],
    ['run on', 'build.continue'],
    ['filter', 'filter.edit'],
    ['open', 'item.open'],
    ['keys', 'help.open'],
    ['commands', 'palette.open'],
  ],
  comparison: [
    ['open', 'item.open'],
    ['pane', 'pane.next'],
    ['details', 'details.toggle'],
    ['filter', 'filter.edit'],
    ['sort', 'order.next'],
    ['keys', 'help.open'],
    ['commands', 'palette.open'],
  ],
  difference: [
    ['change', 'change.previous', 'change.next'],
    ['scroll', 'cursor.up', 'cursor.down'],
    ['copy path', 'item.copy'],
    ['back', 'view.back'],
    ['keys', 'help.open'],
  ],
  bloat: [
    ['open', 'item.open'],
    ['killer', 'killer.open'],
    ['maker', 'maker.open'],
    ['pane', 'pane.next'],
    ['details', 'details.toggle'],
    ['keys', 'help.open'],
    ['commands', 'palette.open'],
  ],
  transfers: [
    ['stop', 'container.stop'],
    ['try again', 'container.start'],
    ['open', 'item.open'],
    ['log in', 'registry.login'],
    ['pull', 'image.pull'],
    ['back', 'view.back'],
    ['keys', 'help.open'],
    ['commands', 'palette.open'],
  ],
  registry: [
    ['open', 'item.open'],
    ['pull', 'image.pull'],
    ['mark', 'item.mark'],
    ['compare', 'items.compare'],
    ['filter', 'filter.edit'],
    ['keys', 'help.open'],
    ['commands', 'palette.open'],
  ],
  terminal: [['leaves the terminal', 'terminal.leave']],
  help: [
    ['move', 'cursor.down', 'cursor.up'],
    ['page', 'page.down', 'page.up'],
    ['choose', 'item.open'],
    ['back', 'view.back'],
  ],
  filter: [
    ['apply', 'item.open'],
    ['cancel', 'view.back'],
    ['move', 'cursor.down', 'cursor.up'],
    ['erase all', 'text.clear'],
  ],
  palette: [
    ['run', 'item.open'],
    ['cancel', 'view.back'],
    ['move', 'cursor.down', 'cursor.up'],
    ['erase all', 'text.clear'],
  ],
  confirm: [
    ['yes', 'question.accept'],
    ['no', 'question.refuse'],
  ],
};

const MAX_HINTS = 6;

export function footerHints(keymap: Keymap, context: KeyContext, max = MAX_HINTS): Hint[] {
  const hints: Hint[] = [];
  for (const [label, ...ids] of FOOTER[context.scope]) {
    const usable = ids.filter((id) => canUse(keymap, id, context));
    const keys = usable.map((id) => firstKey(keymap, id, context.scope)).filter((key) => key !== undefined);
    if (keys.length > 0) hints.push({ keys: keys.map(keyLabel).join(' '), label });
  }
  return hints.slice(0, max);
}

export interface ActionRow {
  readonly id: ActionId;
  readonly title: string;
  /** `↑ k`; empty when only the palette has it. */
  readonly keys: string;
  readonly group: Group;
  readonly disabled: string | undefined;
}

/** The keys of this screen, in groups. */
export function helpRows(keymap: Keymap, context: KeyContext): { group: Group; rows: ActionRow[] }[] {
  const groups = new Map<Group, ActionRow[]>();
  for (const action of actionsIn(keymap, context.scope)) {
    const row = actionRow(keymap, action, context);
    if (row.keys === '') continue;
    groups.set(action.group, [...(groups.get(action.group) ?? []), row]);
  }
  return [...groups].map(([group, rows]) => ({ group, rows }));
}

/** Everything that can be run by name where the palette was opened; what cannot be done now comes last. */
export function paletteRows(keymap: Keymap, context: KeyContext): ActionRow[] {
  const rows = actionsIn(keymap, context.scope)
    .filter((action) => !action.keyOnly)
    .map((action) => actionRow(keymap, action, context));
  return [
    ...rows.filter((row) => row.disabled === undefined),
    ...rows.filter((row) => row.disabled !== undefined),
  ];
}

/** The whole table for the documentation. */
export function keysMarkdown(keymap: Keymap): string {
  const groups = new Map<Group, string[]>();
  for (const action of ACTIONS) {
    const keys = keymap.keysOf(action.id).map((key) => `\`${keyLabel(key)}\``);
    const cells = [keys.join(' ') || '(palette)', action.title, action.scopes.join(', '), `\`${action.id}\``];
    const line = `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
    groups.set(action.group, [...(groups.get(action.group) ?? []), line]);
  }
  return [...groups]
    .map(
      ([group, lines]) =>
        `### ${group}\n\n| keys | does | where | id |\n| --- | --- | --- | --- |\n${lines.join('\n')}\n`,
    )
    .join('\n');
}

function actionsIn(keymap: Keymap, scope: Scope): Action[] {
  return keymap.actions.filter((action) => action.scopes.includes(scope));
}

function actionRow(keymap: Keymap, action: Action, { scope, facts }: KeyContext): ActionRow {
  const keys = keysIn(keymap, action, scope).map(keyLabel).join(' ');
  return {
    id: action.id,
    title: action.title,
    keys,
    group: action.group,
    disabled: disabledReason(action, facts),
  };
}

/** In a text field only some of an action's keys are keys. */
function keysIn(keymap: Keymap, action: Action, scope: Scope): string[] {
  const scoped = keymap.byScope.get(scope);
  return keymap.keysOf(action.id).filter((key) => scoped?.get(key)?.id === action.id);
}

function canUse(keymap: Keymap, id: ActionId, { scope, facts }: KeyContext): boolean {
  const action = keymap.actions.find((known) => known.id === id)!;
  return action.scopes.includes(scope) && disabledReason(action, facts) === undefined;
}

function firstKey(keymap: Keymap, id: ActionId, scope: Scope): string | undefined {
  return keysIn(
    keymap,
    keymap.actions.find((known) => known.id === id)!,
    scope,
  )[0];
}
