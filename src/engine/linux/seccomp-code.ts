// The filter of system calls, compiled. crun has libseccomp compile it for every container, which takes longer than all else
// that it does; what it once compiled it takes back by an annotation. It is kept beside the containers, where they cannot
// reach, for as long as it comes from this very program and profile.
import { lstatSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { geteuid } from 'node:process';
import { uniqueName } from '../../lib/unique-name.ts';

/** crun's own: base64 of what the kernel is given, in place of `linux.seccomp`. */
export const SECCOMP_CODE_ANNOTATION = 'run.oci.seccomp_bpf_data';
/** In crun's state of a container. */
export const SECCOMP_CODE_FILE = 'seccomp.bpf';

/** An instruction of the kernel's filter machine, of which there may be 4096. */
const INSTRUCTION_BYTES = 8;
const MAX_CODE_BYTES = 4096 * INSTRUCTION_BYTES;
const BASE64 = /^[\dA-Za-z+/]+=*$/;
/** A better libseccomp may come meanwhile. */
const KEPT_MS = 24 * 60 * 60 * 1000;

export class SeccompCode {
  private readonly path: string;
  private readonly source: string;

  /** `path` is where it is kept; `program` compiles it from `profile`, a JSON text. */
  constructor(path: string, program: string, profile: string) {
    const found = statSync(program, { throwIfNoEntry: false });
    this.path = path;
    this.source = `${program} ${found?.mtimeMs} ${found?.size} ${profile}`;
  }

  /** Base64; undefined where it has to be compiled. */
  find(): string | undefined {
    try {
      const found = lstatSync(this.path);
      // It is a wall: nobody else's will do.
      if (!found.isFile() || found.uid !== geteuid?.()) return undefined;
      if (Math.abs(Date.now() - found.mtimeMs) > KEPT_MS) return undefined;
      const [source, code = '', end] = readFileSync(this.path, 'utf8').split('\n');
      // A power failure may have cut it, or left zeros: no container would start with that.
      return source === this.source && BASE64.test(code) && end === '' ? code : undefined;
    } catch {
      return undefined;
    }
  }

  /** Where it cannot be read or kept it is compiled again. */
  keep(compiled: string): void {
    const unfinished = `${this.path}.${uniqueName()}`;
    try {
      const code = readFileSync(compiled);
      if (code.length === 0 || code.length > MAX_CODE_BYTES || code.length % INSTRUCTION_BYTES !== 0) return;
      writeFileSync(unfinished, `${this.source}\n${code.toString('base64')}\n`, { mode: 0o600, flag: 'wx' });
      renameSync(unfinished, this.path);
    } catch {
      rmSync(unfinished, { force: true });
    }
  }
}
