// The settings of a container as an image config would have them, to compare with one.
import type { Container } from '../engine/container.ts';
import type { ImageConfig } from '../oci/config.ts';

const DEFAULT_WORKING_DIR = '/';
const DEFAULT_STOP_SIGNAL = 'SIGTERM';

/** What a container has only because it has to have something is left as its image has it. */
export function containerConfig(container: Container, image: ImageConfig): ImageConfig {
  const { process, entrypoint, command, env, labels, stopSignal } = container;
  const { exposedPorts, volumes, onBuild, shell, healthcheck, ...own } = image.config;
  const workingDirectory = process.workingDir === DEFAULT_WORKING_DIR ? own.workingDir : process.workingDir;
  const signal = stopSignal === DEFAULT_STOP_SIGNAL ? own.stopSignal : stopSignal;
  const userName = process.user === '' ? own.user : process.user;
  return {
    ...image,
    config: {
      exposedPorts,
      volumes,
      onBuild,
      ...(shell && { shell }),
      ...(healthcheck && { healthcheck }),
      env,
      labels,
      ...(entrypoint.length > 0 && { entrypoint }),
      ...(command.length > 0 && { cmd: command }),
      ...(userName !== undefined && { user: userName }),
      ...(workingDirectory !== undefined && { workingDir: workingDirectory }),
      ...(signal !== undefined && { stopSignal: signal }),
    },
  };
}
