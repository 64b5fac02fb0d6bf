// Every verb there is.
import type { Verb } from './verb.ts';
import { ANALYZE_VERBS } from './verbs/analyze.ts';
import { BUILD_VERBS } from './verbs/build.ts';
import { CONTAINER_VERBS } from './verbs/containers.ts';
import { EXPLORE_VERBS } from './verbs/explore.ts';
import { IMAGE_VERBS } from './verbs/images.ts';
import { REGISTRY_VERBS } from './verbs/registry.ts';
import { SYSTEM_VERBS } from './verbs/system.ts';
import { TRANSFER_VERBS } from './verbs/transfer.ts';

export interface VerbGroup {
  readonly title: string;
  readonly verbs: readonly Verb[];
}

export const VERB_GROUPS: readonly VerbGroup[] = [
  { title: 'Look into images (any IMAGE: a name, an ID, an archive, a layout):', verbs: EXPLORE_VERBS },
  { title: 'Where the bytes go:', verbs: ANALYZE_VERBS },
  { title: 'Images of the store:', verbs: IMAGE_VERBS },
  { title: 'Build:', verbs: BUILD_VERBS },
  { title: 'Containers:', verbs: CONTAINER_VERBS },
  { title: 'Registries:', verbs: REGISTRY_VERBS },
  { title: 'In and out:', verbs: TRANSFER_VERBS },
  { title: 'phyllo itself:', verbs: SYSTEM_VERBS },
];

export const VERBS: readonly Verb[] = VERB_GROUPS.flatMap(({ verbs }) => verbs);

/** Words that only hold other verbs together. */
export const GROUP_SUMMARIES: Readonly<Record<string, string>> = {
  builder: 'Verbs for what builds remember',
  container: 'Verbs for containers',
  image: 'Verbs for images',
  system: 'Verbs for the store as a whole',
};
