// just-bash hands over a script's output when all of it has run. So that it comes as it is written, every command whose
// output is the script's own is sent to a file that stands for the stream; what it redirects by itself still wins.
import { parse, serialize } from 'just-bash';
import type { CommandNode, ScriptNode, StatementNode } from 'just-bash';
import { guarded } from './guarded-script.ts';
import { STREAM_PATHS } from './shell-files.ts';

type Redirections = (CommandNode & { type: 'Group' })['redirections'];

/** Throws what the parser throws. */
export function streamed(source: string): string {
  const script = guarded(parse(source));
  return redirectsItself(script)
    ? serialize(script)
    : serialize({ ...script, statements: script.statements.map(statement) });
}

/** After `exec >file` output is not ours any more. */
function redirectsItself(node: unknown): boolean {
  if (Array.isArray(node)) return node.some(redirectsItself);
  if (typeof node !== 'object' || node === null) return false;
  const { type, name, redirections } = node as { type?: string; name?: unknown; redirections?: unknown[] };
  if (type === 'SimpleCommand' && (redirections?.length ?? 0) > 0 && wordText(name) === 'exec') return true;
  return Object.values(node).some(redirectsItself);
}

function wordText(word: unknown): string | undefined {
  const { parts } = (word ?? {}) as { parts?: { type: string; value?: string }[] };
  return parts?.length === 1 && parts[0]!.type === 'Literal' ? parts[0]!.value : undefined;
}

function statement(node: StatementNode): StatementNode {
  const pipelines = node.pipelines.map((pipeline) => {
    const last = pipeline.commands.length - 1;
    const commands = pipeline.commands.map((command, index) =>
      last === 0
        ? alone(command)
        : redirected(command, index === last, pipeline.pipeStderr?.[index] !== true),
    );
    return { ...pipeline, commands };
  });
  return { ...node, pipelines };
}

function alone(node: CommandNode): CommandNode {
  switch (node.type) {
    case 'SimpleCommand':
      return wordText(node.name) === 'exec' ? replacing(node) : redirected(withPlainName(node), true, true);
    case 'If':
      if (writes(node.redirections)) return redirected(node, true, true);
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
      if (writes(node.redirections)) return redirected(node, true, true);
      return { ...node, condition: node.condition.map(statement), body: node.body.map(statement) };
    case 'For':
    case 'CStyleFor':
    case 'Group':
    case 'Subshell':
      if (writes(node.redirections)) return redirected(node, true, true);
      return { ...node, body: node.body.map(statement) };
    case 'Case':
      if (writes(node.redirections)) return redirected(node, true, true);
      return { ...node, items: node.items.map((item) => ({ ...item, body: item.body.map(statement) })) };
    default:
      return node;
  }
}

function writes(redirections: Redirections): boolean {
  return redirections.some(({ operator }) => operator !== '<' && !operator.startsWith('<<'));
}

/** `exec COMMAND` is the command and then the end, as far as anybody can see. */
function replacing(node: CommandNode & { type: 'SimpleCommand' }): CommandNode {
  if (node.args.length === 0) return node;
  const group = parse('{ true; exit $?; }').statements[0]!.pipelines[0]!.commands[0] as CommandNode & {
    type: 'Group';
  };
  const [first, exit] = group.body;
  const command = redirected({ ...node, name: COMMAND }, true, true);
  const run: StatementNode = { ...first!, pipelines: [{ ...first!.pipelines[0]!, commands: [command] }] };
  return { ...group, body: [run, exit!] };
}

/** just-bash takes `"$@"` for one word where a command's name stands, but not among arguments. */
function withPlainName(node: CommandNode & { type: 'SimpleCommand' }): CommandNode {
  if (node.name === null || !/"parameter":"[@*]"|\[[@*]\]/.test(JSON.stringify(node.name))) return node;
  return { ...node, name: COMMAND, args: [node.name, ...node.args] };
}

/** Does it read its input line by line, where we can hand it one after the other? */
export function readsLines(source: string): boolean {
  return /(?:^|[\s;&({])read\s/.test(source);
}

function redirected(node: CommandNode, stdout: boolean, stderr: boolean): CommandNode {
  if (node.type === 'FunctionDef' || (node.type === 'SimpleCommand' && node.name === null)) return node;
  const reads = stdout && node.type === 'SimpleCommand' && wordText(node.name) === 'read';
  const ours = [...(reads ? STDIN : []), ...(stdout ? STDOUT : []), ...(stderr ? STDERR : [])];
  return { ...node, redirections: [...ours, ...node.redirections] };
}

const COMMAND = (
  parse('command').statements[0]!.pipelines[0]!.commands[0] as CommandNode & { type: 'SimpleCommand' }
).name;
const STDOUT = redirectionsOf(`true >>${STREAM_PATHS.stdout}`);
const STDIN = redirectionsOf(`true <${STREAM_PATHS.stdin}`);
const STDERR = redirectionsOf(`true 2>>${STREAM_PATHS.stderr}`);

function redirectionsOf(source: string): Redirections {
  const script: ScriptNode = parse(source);
  return (script.statements[0]!.pipelines[0]!.commands[0] as CommandNode & { type: 'SimpleCommand' })
    .redirections;
}
