// phyllo push: an image of the store to the registry that its name says.
import type { Context } from '../context.ts';
import { type ProgressForm, layerReporter } from '../layer-lines.ts';

interface PushOptions {
  readonly allTags?: boolean;
  readonly quiet?: boolean;
  readonly insecure?: boolean;
  readonly progress?: ProgressForm;
}

export async function run(context: Context, [name]: readonly string[], options: PushOptions): Promise<void> {
  const { allTags, insecure } = options;
  const form = options.quiet ? 'quiet' : (options.progress ?? 'auto');
  const { registries } = await context.services();
  const reporter = layerReporter(context, 'phyllo.push-event/1', form);
  let told: string | undefined;
  const onName = (_: string, repository: string): void => {
    if (form === 'quiet' || form === 'json' || told === repository) return;
    told = repository;
    reporter.note(`The push refers to repository [${repository}]`);
  };
  const contact = { insecure, onNotice: reporter.note };
  const { onLayer } = reporter;
  try {
    const pushed = await registries.push(name!, {
      allTags,
      signal: context.signal,
      onLayer,
      onName,
      ...contact,
    });
    await reporter.told();
    for (const { reference, tag, digest, sizeBytes } of pushed) {
      if (form === 'json') reporter.event({ event: 'image', reference, digest, size: sizeBytes });
      else
        await context.out.line(form === 'quiet' ? reference : `${tag}: digest: ${digest} size: ${sizeBytes}`);
    }
  } finally {
    await reporter.told();
  }
}
