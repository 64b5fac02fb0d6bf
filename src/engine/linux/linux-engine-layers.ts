// Unpacked layers for the linux engine: the work is done by an agent, in the user namespace whose users own them.
import { PhylloError } from '../../lib/errors.ts';
import type { Progress } from '../../lib/progress.ts';
import { type LayerRecord, type UnpackJob, type UnpackOptions, unpackLayer } from '../../snapshot/unpack.ts';
import type { LayerWorker } from '../../snapshot/unpacked-layers.ts';
import { jsonOf } from '../frame-connection.ts';
import type { AgentLauncher } from './client-agent.ts';
import type { FolderWork } from './agent-unpack.ts';

type Answer =
  | { readonly kind: 'progress'; readonly progress: Progress }
  | { readonly kind: 'done'; readonly result: LayerRecord | null };

const SMALL_BYTES = 1024 * 1024;

export class AgentLayerWorker implements LayerWorker {
  private readonly launcher: AgentLauncher;

  constructor(launcher: AgentLauncher) {
    this.launcher = launcher;
  }

  async unpack(job: UnpackJob, options: UnpackOptions): Promise<LayerRecord> {
    // Root needs no namespace for it, and for a small layer starting an agent is most of the work.
    if (this.launcher.idMap === 'root' && job.blob.sizeBytes <= SMALL_BYTES) return unpackLayer(job, options);
    const record = await this.perform({ kind: 'unpack', job }, options);
    if (record !== null) return record;
    throw new PhylloError('io', 'unpack layer: the agent gave no record');
  }

  async remove(path: string): Promise<void> {
    await this.perform({ kind: 'remove-layer', path });
  }

  /** All of a container's folder but its record. */
  async removeData(path: string): Promise<void> {
    await this.perform({ kind: 'remove-data', path });
  }

  private async perform(work: FolderWork, options: UnpackOptions = {}): Promise<LayerRecord | null> {
    const agent = this.launcher.folder(work);
    const stop = (): void => agent.kill();
    options.signal?.addEventListener('abort', stop);
    try {
      for (;;) {
        const answer = jsonOf(await agent.exchange.next()) as unknown as Answer;
        if (answer.kind === 'done') return answer.result;
        options.onProgress?.(answer.progress);
      }
    } catch (error) {
      if (options.signal?.aborted)
        throw new PhylloError('cancelled', 'unpack layer: cancelled', { cause: error });
      throw error;
    } finally {
      options.signal?.removeEventListener('abort', stop);
      agent.exchange.close();
      await agent.ended;
    }
  }
}
