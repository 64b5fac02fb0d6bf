// Certificates of a small authority, made by openssl.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface MadeCertificates {
  readonly key: string;
  readonly cert: string;
  readonly authority: string;
}

export type CertificateKind = 'trusted' | 'self-signed' | 'expired' | 'wrong name';

/** For `localhost` and 127.0.0.1, in `folder`: server.key, server.crt, ca.crt. */
export function makeCertificates(folder: string, kind: CertificateKind = 'trusted'): MadeCertificates {
  const openssl = (...args: string[]): void => {
    execFileSync('openssl', args, { cwd: folder, stdio: 'ignore' });
  };
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const name = kind === 'wrong name' ? 'DNS:other.example' : 'DNS:localhost,IP:127.0.0.1';
  openssl(
    'req',
    '-x509',
    ...curve,
    '-keyout',
    'ca.key',
    '-out',
    'ca.crt',
    '-days',
    '2',
    '-subj',
    '/CN=test authority',
  );
  if (kind === 'self-signed') {
    const subject = ['-subj', '/CN=localhost', '-addext', `subjectAltName=${name}`];
    openssl(
      'req',
      '-x509',
      ...curve,
      '-keyout',
      'server.key',
      '-out',
      'server.crt',
      '-days',
      '2',
      ...subject,
    );
  } else {
    writeFileSync(join(folder, 'server.ext'), `subjectAltName=${name}\n`);
    openssl('req', ...curve, '-keyout', 'server.key', '-out', 'server.csr', '-subj', '/CN=localhost');
    const signed = [
      '-in',
      'server.csr',
      '-CA',
      'ca.crt',
      '-CAkey',
      'ca.key',
      '-CAcreateserial',
      '-extfile',
      'server.ext',
    ];
    openssl('x509', '-req', ...signed, '-out', 'server.crt', '-days', kind === 'expired' ? '-1' : '2');
  }
  const read = (file: string): string => readFileSync(join(folder, file), 'utf8');
  return { key: read('server.key'), cert: read('server.crt'), authority: read('ca.crt') };
}
