// What every bench gets, and what it is.
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Bundle } from './bundle.ts';
import type { Form, InputImage } from './image/inputs.ts';
import type { Row } from './report.ts';
import type { Tools } from './tools.ts';

export interface Setting {
  readonly inputs: readonly InputImage[];
  readonly tools: Tools;
  readonly rounds: number;
  readonly bundle: Bundle;
  /** A folder that goes when the run ends. */
  readonly scratch: string;
  readonly note: (text: string) => void;
}

export interface Bench {
  readonly name: string;
  run(setting: Setting): Promise<Row[]>;
}

export function inputOf({ inputs }: Setting, ...forms: readonly Form[]): InputImage | undefined {
  return inputs.find(({ form }) => forms.includes(form));
}

/** Runs `work` with a folder for an empty store. */
export async function withStore<Result>(
  { scratch }: Setting,
  work: (root: string) => Promise<Result>,
): Promise<Result> {
  const root = await mkdtemp(join(scratch, 'store-'));
  try {
    return await work(root);
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

export function largestLayer({ layers }: InputImage): number {
  const sizes = layers.map(({ sizeBytes }) => sizeBytes);
  return sizes.indexOf(Math.max(...sizes));
}
