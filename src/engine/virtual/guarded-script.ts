// A file that cannot be written ends a whole script in just-bash, where a shell ends the command alone. So every command
// that writes to a file is run only when the file can be opened: `cmd >file` becomes `{ phyllo-open file && cmd >file; }`.
import { type CommandNode, type ScriptNode, type StatementNode, parse } from 'just-bash';

export const OPEN_COMMAND = 'phyllo-open';
/** just-bash knows no terminals: `test -t 1` becomes this. */
export const TERMINAL_COMMAND = 'phyllo-tty';

type Simple = CommandNode & { type: 'SimpleCommand' };
type Group = CommandNode & { type: 'Group' };

export function guarded(script: ScriptNode): ScriptNode {
  return { ...script, statements: script.statements.map(statement) };
}

function statement(node: StatementNode): StatementNode {
  return {
    ...node,
    pipelines: node.pipelines.map((pipeline) => ({ ...pipeline, commands: pipeline.commands.map(guard) })),
  };
}

function guard(node: CommandNode): CommandNode {
  const inner = inside(node);
  if (inner.type === 'FunctionDef' || (inner.type === 'SimpleCommand' && isExec(inner))) return inner;
  const targets = inner.redirections.flatMap(({ operator, target, fdVariable }) =>
    ['>', '>>', '>|', '&>', '&>>'].includes(operator) &&
    target.type === 'Word' &&
    fdVariable === undefined &&
    !isDevice(target)
      ? [target]
      : [],
  );
  if (targets.length === 0) return inner;
  const group = parse(`{ ${OPEN_COMMAND} && true; }`).statements[0]!.pipelines[0]!.commands[0] as Group;
  const [list] = group.body;
  const [open, run] = list!.pipelines;
  const opens = { ...(open!.commands[0] as Simple), args: targets };
  const guarding = {
    ...list!,
    pipelines: [
      { ...open!, commands: [opens] },
      { ...run!, commands: [inner] },
    ],
  };
  return { ...group, body: [guarding] };
}

const TERMINAL = (parse(TERMINAL_COMMAND).statements[0]!.pipelines[0]!.commands[0] as Simple).name;

/** `test -t 1`, `[ -t 1 ]` */
function asksForTerminal({ name, args }: Simple): boolean {
  const [command = '', option = '', ...rest] = [name, ...args].map((word) => literal(word) ?? '');
  if (option !== '-t') return false;
  return command === 'test' ? rest.length === 1 : command === '[' && rest.length === 2 && rest[1] === ']';
}

/** A lone `[` is a pattern to the parser. */
function literal(word: Simple['name']): string | undefined {
  const [part, ...others] = word?.parts ?? [];
  if (others.length > 0) return undefined;
  if (part?.type === 'Glob') return part.pattern;
  return part?.type === 'Literal' ? part.value : undefined;
}

function isExec({ name }: Simple): boolean {
  const [part] = name?.parts ?? [];
  return part?.type === 'Literal' && part.value === 'exec';
}

function isDevice({ parts }: { parts: readonly { type: string }[] }): boolean {
  const [part] = parts as readonly { type: string; value?: string }[];
  return part?.type === 'Literal' && /^\/dev\/(?:null|tty|stdout|stderr)$/.test(part.value ?? '');
}

function inside(node: CommandNode): CommandNode {
  switch (node.type) {
    case 'SimpleCommand':
      return asksForTerminal(node) ? { ...node, name: TERMINAL, args: [] } : node;
    case 'If':
      return {
        ...node,
        clauses: node.clauses.map(({ condition, body }) => ({
          condition: condition.map(statement),
          body: body.map(statement),
        })),
        elseBody: node.elseBody?.map(statement) ?? null,
      };
    case 'While':
    case 'Until':
      return { ...node, condition: node.condition.map(statement), body: node.body.map(statement) };
    case 'For':
    case 'CStyleFor':
    case 'Group':
    case 'Subshell':
      return { ...node, body: node.body.map(statement) };
    case 'Case':
      return { ...node, items: node.items.map((item) => ({ ...item, body: item.body.map(statement) })) };
    case 'FunctionDef': {
      const body = inside(node.body);
      return { ...node, body: body as typeof node.body };
    }
    default:
      return node;
  }
}
