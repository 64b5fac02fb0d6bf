// Where images are saved to: a directory, a file or a stream, in the format that is asked for.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PhylloError } from '../lib/errors.ts';
import { ArchiveWriter } from '../transport/archive-writer.ts';
import { DockerArchiveSink } from '../transport/docker-archive-sink.ts';
import { OciArchiveSink, OciDirectorySink } from '../transport/oci-sink.ts';
import type { ImageSink } from '../transport/transport.ts';
import { writeOutput } from './output-file.ts';
import type { SaveFormat, WorkOptions } from './services.ts';

/** Opens the sink for `output`, finishes it after `work`; a file appears whole or not at all. */
export async function withSink(
  output: string | NodeJS.WritableStream,
  format: SaveFormat,
  { signal }: WorkOptions,
  work: (sink: ImageSink) => Promise<void>,
): Promise<void> {
  if (format === 'oci-dir') {
    if (typeof output !== 'string')
      throw new PhylloError('invalid-argument', 'save image: an OCI layout is a directory, name one with -o');
    return runSink(new OciDirectorySink(output, signal), work);
  }
  if (typeof output !== 'string') return toStream(output, format, signal, work);
  await writeOutput(output, (stream) => toStream(stream, format, signal, work));
}

async function toStream(
  output: NodeJS.WritableStream,
  format: Exclude<SaveFormat, 'oci-dir'>,
  signal: AbortSignal | undefined,
  work: (sink: ImageSink) => Promise<void>,
): Promise<void> {
  const archive = new ArchiveWriter(output, signal);
  if (format === 'oci-archive') return runSink(new OciArchiveSink(archive), work);
  const directory = await mkdtemp(join(tmpdir(), 'phyllo-save-'));
  try {
    await runSink(new DockerArchiveSink(archive, directory, signal), work);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

export async function runSink(sink: ImageSink, work: (sink: ImageSink) => Promise<void>): Promise<void> {
  try {
    await work(sink);
    await sink.finish();
  } finally {
    await sink.close();
  }
}
