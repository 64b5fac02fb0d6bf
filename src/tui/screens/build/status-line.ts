// What is known of the step that is looked at, in one line: its number, its state, why the cache had it or not.
import { safeText } from '../../../lib/text.ts';
import { displaySize } from '../../../lib/units.ts';
import { stateText, stepTitle, verdictText } from '../../present/build-text.ts';
import type { Theme } from '../../theme/theme.ts';
import { fit } from '../../width.ts';
import type { BuildScreen } from './build-screen.ts';
import { stepCount, stepNumber } from './build-steps.ts';

/** ` step 4/9 · ✓ done in 1.2 s · miss: build-arg VERSION 1 → 2 · RUN make` */
export function statusLine({ session, shown, host }: BuildScreen, width: number, theme: Theme): string {
  if (!session || !shown) return fit(' this build has no steps', width);
  const { steps, progress } = session;
  const state = stateText(shown, host.now());
  const parts = [theme.accent(`step ${stepCount(steps, shown)}`), theme[state.token](state.text)];
  if (shown.error) parts.push(theme.error(safeText(shown.error.message)));
  const others = steps.filter((step) => step.status === 'running' && step !== shown).length;
  if (others > 0) parts.push(`${others} more beside it`);
  if (progress && shown.status === 'running') {
    const total = progress.totalBytes === undefined ? '' : ` of ${displaySize(progress.totalBytes)}`;
    parts.push(`${safeText(progress.item)} ${displaySize(progress.doneBytes)}${total}`);
  }
  if (shown.verdict) parts.push(verdictText(shown.verdict, (id) => stepNumber(steps, id)));
  if (shown.stageName !== undefined) parts.push(theme.muted(`stage ${safeText(shown.stageName)}`));
  parts.push(theme.muted(stepTitle(shown)));
  return fit(` ${parts.join(' · ')}`, width);
}

/** Where the build as a whole stands, for the header. */
export function summaryText({ session, phase }: BuildScreen, theme: Theme): string {
  if (!session) return phase.kind === 'failed' ? theme.error('✗ not built') : '';
  const { steps, status, position } = session;
  const cached = steps.filter((step) => step.status === 'cached').length;
  const count = `${steps.length} step${steps.length === 1 ? '' : 's'}${cached > 0 ? `, ${cached} cached` : ''}`;
  switch (status) {
    case 'running':
      return `${theme.accent('▲ running')} · ${count}`;
    case 'failed':
      return `${theme.error('✗ failed')} · ${count}`;
    case 'finished':
      return `${theme.success('✓ built')} · ${count}`;
    case 'ready':
      return `${position} of ${count}`;
  }
}
