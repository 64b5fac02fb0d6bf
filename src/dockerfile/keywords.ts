// The names of all instructions.
import { nearest } from '../lib/nearest.ts';

const KEYWORDS: ReadonlySet<string> = new Set(
  (
    'ADD ARG CMD COPY ENTRYPOINT ENV EXPOSE FROM HEALTHCHECK LABEL MAINTAINER ONBUILD RUN SHELL STOPSIGNAL USER ' +
    'VOLUME WORKDIR'
  ).split(' '),
);

/** The keyword that `name`, in upper case, is or was meant to be. */
export function meantKeyword(name: string): string | undefined {
  return KEYWORDS.has(name) ? name : nearest(name, KEYWORDS);
}
