// All cases.
import type { CaseGroup } from './build-case.ts';
import { add } from './cases/add.ts';
import { chown, copyFrom } from './cases/copy-owner.ts';
import { copy, copyLinks, copyPatterns, copyReplaces } from './cases/copy.ts';
import { env, expansion } from './cases/env.ts';
import { fromArgs, platformArgs } from './cases/from-args.ts';
import { ignore } from './cases/ignore.ts';
import { commands, metadata, onbuild } from './cases/metadata.ts';
import { user, workdir } from './cases/paths.ts';
import { changes, run } from './cases/run.ts';
import { stages, writing } from './cases/stages.ts';

export const CORPUS: readonly CaseGroup[] = [
  fromArgs,
  platformArgs,
  env,
  expansion,
  workdir,
  user,
  copy,
  copyPatterns,
  copyLinks,
  copyReplaces,
  chown,
  copyFrom,
  add,
  ignore,
  commands,
  metadata,
  onbuild,
  run,
  changes,
  stages,
  writing,
];
