// What root may do in a container: as much as ordinary packages need to install and to drop their rights.

/**
 * Docker's set without MKNOD (devices), NET_RAW (forged packets on a shared network) and AUDIT_WRITE (the machine's
 * audit log).
 */
export const CAPABILITIES: readonly string[] = [
  'CAP_CHOWN',
  'CAP_DAC_OVERRIDE',
  'CAP_FOWNER',
  'CAP_FSETID',
  'CAP_KILL',
  'CAP_NET_BIND_SERVICE',
  'CAP_SETFCAP',
  'CAP_SETGID',
  'CAP_SETPCAP',
  'CAP_SETUID',
  'CAP_SYS_CHROOT',
];
