// What the virtual engine is, as people are told.
import type { EngineStatus } from '../engine.ts';

/** It works everywhere; what it is has to be said plainly. */
export function virtualStatus(): EngineStatus {
  return {
    name: 'virtual',
    works: true,
    summary: "simulates a shell over the image's files; runs no program of the image",
    missing: [
      'programs of the image: only a shell and common commands are simulated (use the linux or docker engine)',
      'networks, published ports and mounts (use the linux or docker engine)',
    ],
  };
}
