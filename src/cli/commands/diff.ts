// phyllo diff: what a container changed, as docker prints it; with --follow, every change as it happens.
import { once } from 'node:events';
import type { ExploredContainer, LiveStack } from '../../app/container-services.ts';
import { dockerDiff } from '../../snapshot/live-diff.ts';
import { isPhylloError } from '../../lib/errors.ts';
import { safeBytes } from '../../lib/text.ts';
import type { Context } from '../context.ts';
import { changeJson, eventJson, eventText, totalsJson } from '../live-lines.ts';

interface DiffOptions {
  readonly follow?: boolean;
  readonly json?: boolean;
}

export async function run(
  context: Context,
  [name]: readonly string[],
  { follow, json }: DiffOptions,
): Promise<void> {
  const { containers } = await context.services();
  const container = await containers.open(name!);
  try {
    const first = await container.now;
    if (follow) return await followed(context, container, json ?? false);
    if (json) {
      const { id, name: title } = container.container;
      const changes = first.changes.map(changeJson);
      return await context.print({
        schema: 'phyllo.diff/1',
        container: { id, name: title },
        changes,
        totals: totalsJson(first.totals),
      });
    }
    await context.out.lines(
      dockerDiff(first.stack, first.live).map(({ kind, path }) => `${kind} /${safeBytes(path)}`),
    );
  } finally {
    await container.close();
  }
}

/** First what is there already, then event by event until Ctrl-C, or until the container is gone. */
async function followed(context: Context, container: ExploredContainer, json: boolean): Promise<void> {
  const pending: LiveStack[] = [];
  const ended = new AbortController();
  let failure: unknown;
  let wake = (): void => {};
  const stop = container.onLive(
    (live) => {
      pending.push(live);
      wake();
    },
    (error) => {
      if (!isPhylloError(error, 'not-found')) failure = error;
      ended.abort();
    },
  );
  const signal = AbortSignal.any([context.signal, ended.signal]);
  try {
    let isFirst = true;
    while (!signal.aborted || pending.length > 0) {
      const live = pending.shift();
      if (live === undefined) {
        await Promise.race([new Promise<void>((resolve) => (wake = resolve)), once(signal, 'abort')]);
        continue;
      }
      const time = new Date().toISOString();
      const events = isFirst
        ? live.changes.map((change) => ({ time, action: change.kind, change }))
        : live.events;
      isFirst = false;
      await context.out.lines(events.map(json ? (event) => JSON.stringify(eventJson(event)) : eventText));
    }
  } finally {
    stop();
  }
  if (failure !== undefined) throw failure;
}
