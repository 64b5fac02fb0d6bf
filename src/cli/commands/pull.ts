// phyllo pull: an image from a registry into the store.
import type { PulledImage } from '../../app/registry-services.ts';
import { parsePlatform } from '../../oci/platform.ts';
import type { Context } from '../context.ts';
import { type LayerReporter, type ProgressForm, layerReporter } from '../layer-lines.ts';

interface PullOptions {
  readonly platform?: string;
  readonly allTags?: boolean;
  readonly quiet?: boolean;
  readonly insecure?: boolean;
  readonly progress?: ProgressForm;
}

export async function run(context: Context, [name]: readonly string[], options: PullOptions): Promise<void> {
  const { allTags, insecure } = options;
  const form = options.quiet ? 'quiet' : (options.progress ?? 'auto');
  const platform = options.platform === undefined ? undefined : parsePlatform(options.platform);
  const { registries } = await context.services();
  const reporter = layerReporter(context, 'phyllo.pull-event/1', form);
  try {
    const pulled = await registries.pull(name!, {
      allTags,
      insecure,
      platform,
      signal: context.signal,
      onLayer: reporter.onLayer,
      onNotice: reporter.note,
      onName: (reference, repository) => announce(reporter, form, reference, repository),
    });
    await reporter.told();
    for (const image of pulled) await tell(context, reporter, form, image);
  } finally {
    await reporter.told();
  }
}

/** `latest: Pulling from library/nginx` */
function announce(reporter: LayerReporter, form: ProgressForm, reference: string, repository: string): void {
  if (form === 'quiet' || form === 'json') return;
  const tag = reference.slice(reference.lastIndexOf(repository) + repository.length + 1);
  reporter.note(`${tag}: Pulling from ${repository}`);
}

async function tell(
  context: Context,
  reporter: LayerReporter,
  form: ProgressForm,
  image: PulledImage,
): Promise<void> {
  const { reference, name, id, digest, wasCurrent } = image;
  if (form === 'json') return reporter.event({ event: 'image', reference, id, digest, isNew: !wasCurrent });
  if (form === 'quiet') return context.out.line(reference);
  const status = wasCurrent ? 'Image is up to date for' : 'Downloaded newer image for';
  await context.out.lines([`Digest: ${digest}`, `Status: ${status} ${name}`, reference]);
}
