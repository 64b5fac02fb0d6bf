// What the program that holds a container writes into its record.
import process from 'node:process';
import { toPhylloError } from '../../lib/errors.ts';
import type { ContainerId } from '../container.ts';
import { exitCodeOfError } from '../exit-codes.ts';
import type { ContainerRecords } from '../records.ts';

export async function noteStart(records: ContainerRecords, id: ContainerId): Promise<void> {
  await records.updateState(id, ({ name, published }) => ({
    name,
    published,
    status: 'running',
    pid: process.pid,
    startedAt: new Date().toISOString(),
    isolation: 'simulated',
  }));
}

/** A container that was removed meanwhile has no record any more. */
export async function noteEnd(records: ContainerRecords, id: ContainerId, exitCode: number): Promise<void> {
  await records
    .updateState(id, (state) => ({
      ...state,
      status: 'exited',
      pid: 0,
      finishedAt: new Date().toISOString(),
      exitCode,
    }))
    .catch(() => undefined);
}

/** The first process could not be started. */
export async function noteFailure(records: ContainerRecords, id: ContainerId, error: unknown): Promise<void> {
  const { message } = toPhylloError(error, 'start container');
  await records
    .updateState(id, (state) => ({ ...state, pid: 0, error: message, exitCode: exitCodeOfError(error) }))
    .catch(() => undefined);
}
