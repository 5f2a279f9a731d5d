// include/uapi/linux/capability.h, in the order of their numbers
const NAMES = [
  ...['CHOWN', 'DAC_OVERRIDE', 'DAC_READ_SEARCH', 'FOWNER', 'FSETID', 'KILL', 'SETGID', 'SETUID', 'SETPCAP'],
  ...[
    'LINUX_IMMUTABLE',
    'NET_BIND_SERVICE',
    'NET_BROADCAST',
    'NET_ADMIN',
    'NET_RAW',
    'IPC_LOCK',
    'IPC_OWNER',
  ],
  ...[
    'SYS_MODULE',
    'SYS_RAWIO',
    'SYS_CHROOT',
    'SYS_PTRACE',
    'SYS_PACCT',
    'SYS_ADMIN',
    'SYS_BOOT',
    'SYS_NICE',
  ],
  ...[
    'SYS_RESOURCE',
    'SYS_TIME',
    'SYS_TTY_CONFIG',
    'MKNOD',
    'LEASE',
    'AUDIT_WRITE',
    'AUDIT_CONTROL',
    'SETFCAP',
  ],
  ...['MAC_OVERRIDE', 'MAC_ADMIN', 'SYSLOG', 'WAKE_ALARM', 'BLOCK_SUSPEND', 'AUDIT_READ', 'PERFMON', 'BPF'],
  'CHECKPOINT_RESTORE',
] as const;

/** moby: oci/caps/defaults.go */
const DOCKERS = [
  ...['CHOWN', 'DAC_OVERRIDE', 'FSETID', 'FOWNER', 'MKNOD', 'NET_RAW', 'SETGID', 'SETUID', 'SETFCAP'],
  ...['SETPCAP', 'NET_BIND_SERVICE', 'SYS_CHROOT', 'KILL', 'AUDIT_WRITE'],
];

/**
 * A bounding set as the shim takes it: Docker's fourteen without those that are dropped, with those that are added.
 * `ALL` means all; a name that is both stays, unless all are added and it is dropped. Undefined: a name is unknown.
 */
export function boundingSet(
  { add = [], drop = [] }: { readonly add?: readonly string[]; readonly drop?: readonly string[] },
  unknown: (name: string) => void,
): string {
  const plain = (names: readonly string[]) => names.map((name) => name.toUpperCase().replace(/^CAP_/, ''));
  const [added, dropped] = [plain(add), plain(drop)];
  for (const name of [...added, ...dropped])
    if (name !== 'ALL' && !NAMES.some((known) => known === name)) unknown(name);
  const start: readonly string[] = added.includes('ALL') ? NAMES : dropped.includes('ALL') ? [] : DOCKERS;
  const kept = start.filter((name) => !dropped.includes(name));
  const set = new Set([...kept, ...added]);
  return NAMES.reduce(
    (bits, name, number) => (set.has(name) ? bits | (1n << BigInt(number)) : bits),
    0n,
  ).toString(16);
}

/** The names of a bounding set, as setpriv(1) takes them; Docker's fourteen where a workload says nothing. */
export function capabilityNames(set?: string): string[] {
  const bits = BigInt(`0x${set ?? boundingSet({}, () => {})}`);
  return NAMES.filter((_, number) => (bits >> BigInt(number)) & 1n).map((name) => name.toLowerCase());
}

/** Whether it is all that there are. */
export function isEveryCapability(names: readonly string[]): boolean {
  return names.length === NAMES.length;
}
