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
 * The bounding set in hexadecimal: Docker's 14 default capabilities minus `drop` plus `add`. `ALL` means all capabilities. A
 * name in both is kept, unless `add` is ALL. Calls `unknown` for each name that is not a capability.
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

/** The names in a bounding set, as setpriv(1) takes them. Default: Docker's 14. */
export function capabilityNames(set?: string): string[] {
  const bits = BigInt(`0x${set ?? boundingSet({}, () => {})}`);
  return NAMES.filter((_, number) => (bits >> BigInt(number)) & 1n).map((name) => name.toLowerCase());
}

/** Whether the names are all capabilities. */
export function isEveryCapability(names: readonly string[]): boolean {
  return names.length === NAMES.length;
}
