/**
 * Attempts of a workload against the machine. One table: a line of bash, run in a workload, that succeeds only if the attempt
 * does. Each attempt is repeated with --privileged as a control: where that succeeds, the attempt itself works.
 */
export const ATTEMPTS: readonly Attempt[] = [
  // Mounts
  { name: 'mount a tmpfs', bash: 'mount -t tmpfs none /mnt', privileged: true },
  { name: 'mount over its own /proc', bash: 'mount -t proc proc /proc', privileged: true },
  { name: 'mount over its own /etc', bash: 'mount --bind /usr /etc', privileged: 'umount /etc' },
  { name: 'make /sys writable', bash: 'mount -o remount,rw /sys', privileged: true },
  { name: 'take the cover off /proc/sys', bash: 'umount /proc/sys' },
  { name: 'take the cover off /proc/irq', bash: 'umount /proc/irq' },
  { name: 'take the cover off in a user namespace', bash: 'unshare -Urm umount -l /proc/irq' },
  { name: 'mount a fresh /proc in a user namespace', bash: 'unshare -Urmpf mount -t proc proc /mnt' },
  { name: 'mount the disk', bash: 'mknod /d b $DISK && mount /d /mnt' },

  // Devices. CAP_MKNOD is one of Docker's 14: the node is created, but open(2) fails.
  ...['/', '/dev', '/tmp', '/run', '/dev/shm', '/memory', '/host-directory'].map((place) => ({
    name: `open a device node of its own in ${place}`,
    bash: `rm -f ${place}/node; mknod ${place}/node c 1 3 && echo > ${place}/node`,
    ...(['/', '/host-directory'].includes(place) && { privileged: `rm ${place}/node` }),
  })),
  { name: 'read the disk', bash: 'rm -f /d; mknod /d b $DISK && head -c 1 /d | grep -q .' },
  { name: 'read the memory', bash: 'mknod /m c 1 1; head -c 1 /m' },
  { name: 'write the kernel’s log', bash: 'mknod /k c 1 11; echo > /k' },

  // The kernel's files
  { name: 'write a setting', bash: 'echo > /proc/sys/kernel/domainname', privileged: true },
  { name: 'press SysRq', bash: ': >> /proc/sysrq-trigger' },
  { name: 'turn an interrupt', bash: ': >> /proc/irq/default_smp_affinity', privileged: true },
  {
    name: 'write where hardware is',
    bash: 'find /proc/{bus,fs,acpi,scsi,asound} -type f 2>/dev/null | while read -r f; do : >> $f && echo $f; done 2>/dev/null | grep .',
  },
  {
    name: 'write in /sys',
    bash: 'find /sys -maxdepth 5 -type f -perm -200 | head -300 | while read -r f; do : >> $f && echo $f; done 2>/dev/null | grep .',
    privileged: true,
  },
  { name: 'read the kernel’s memory', bash: 'head -c 1 /proc/kcore | grep -q .' },
  { name: 'make a control group', bash: 'find /sys/fs/cgroup -type d | xargs -I{} mkdir {}/mine' },

  // Escapes. /run/secret is a file of the host.
  { name: 'look through /proc/1/root', bash: 'cat /proc/1/root/run/secret' },
  { name: 'step up', bash: 'cat /../../../run/secret /proc/self/cwd/../../run/secret' },
  { name: 'step up from a volume', bash: 'cat /host-directory/../run/secret /memory/../../../run/secret' },
  {
    name: 'follow a link of its own',
    bash: 'ln -sfn /proc/1/root /l; ln -sfn ../../../.. /memory/l; cat /l/run/secret /memory/l/run/secret',
  },
  { name: 'leave by its log', bash: 'cat /proc/1/fd/1/../../../../../../secret /dev/fd/1/../secret' },
  {
    name: 'break out of a chroot',
    bash: `perl -e 'mkdir "/c"; chroot "/c" or die; chdir ".." for 1..64; chroot "."; open F, "run/secret" or die'`,
  },
  { name: 'join the namespaces of process 1', bash: 'nsenter -t 1 -m -u -n -i true' },
  { name: 'open by handle', syscall: { x64: 304, arm64: 265, args: '-100, pack("Li a8", 8, 1, "x"), 0' } },

  // System calls that a workload must not make. Their other arguments may be invalid, but they must fail with EPERM first.
  { name: 'load a module', syscall: { x64: 175, arm64: 105, args: '"x", 1, ""' } },
  { name: 'load a module from a file', syscall: { x64: 313, arm64: 273, args: '0, "", 99' } },
  { name: 'unload a module', syscall: { x64: 176, arm64: 106, args: '"nosuch", 2048' } },
  { name: 'load another kernel', syscall: { x64: 246, arm64: 104, args: '0, 0, 0, 255' } },
  { name: 'restart the machine', syscall: { x64: 169, arm64: 142, args: '0, 0, 0, 0' } },
  { name: 'name the machine', syscall: { x64: 170, arm64: 161, args: '"x", 999' } },
  { name: 'change its root', syscall: { x64: 155, arm64: 41, args: '"/nosuch", "/nosuch"' } },
  { name: 'unshare its mounts', syscall: { x64: 272, arm64: 97, args: '0x20000' } },
  { name: 'swap', syscall: { x64: 167, arm64: 224, args: '"/nosuch", 0' } },
  { name: 'keep accounts', syscall: { x64: 163, arm64: 89, args: '"/nosuch"' } },
  { name: 'use ports', syscall: { x64: 172, args: '3' } },

  // Its own privileges
  { name: 'be nicer to itself', bash: 'renice -n -5 -p $$' },
  { name: 'be spared when memory is short', bash: 'echo -500 > /proc/self/oom_score_adj' },
  { name: 'lift its limits', bash: 'ulimit -Hn $(($(ulimit -Hn) + 1))' },
  {
    name: 'add to its capabilities',
    bash: `perl -e 'exit(syscall(${process.arch === 'arm64' ? 91 : 126}, pack("Li", 0x20080522, 0), pack("L6", (0xffffffff, 0xffffffff, 0) x 2)) < 0)'`,
  },
  {
    name: 'rename its interface',
    bash: 'ip link set dev eth0 name evil',
    privileged: 'ip link set dev evil name eth0',
  },
  { name: 'delete its interface', bash: 'ip link del eth0' },
  { name: 'add an address', bash: 'ip addr add 10.9.9.9/24 dev lo', privileged: true },

  // nslab itself
  {
    name: 'find a descriptor of nslab’s',
    bash: 'ls -l /proc/[0-9]*/fd 2>/dev/null | grep -E "transcript|status|lock|alive"',
  },
];

export interface Attempt {
  readonly name: string;
  readonly bash?: string;
  /** A system call by number; `x64` alone: other architectures lack it. Refused means EPERM. */
  readonly syscall?: { readonly x64: number; readonly arm64?: number; readonly args: string };
  /** Whether a privileged workload succeeds; a text is the command that undoes it. A system call then fails with another errno. */
  readonly privileged?: boolean | string;
}

/** The result of an attempt. */
export const GOT = 0;
export const REFUSED = 1;
export const FAILED_OTHERWISE = 2;
export const NO_SUCH_CALL = 3;

/** One line for each attempt: its number and its result. */
export function scriptOf(attempts: readonly Attempt[]): string {
  return attempts
    .map((attempt, number) => {
      const quoted = `'${lineOf(attempt).replaceAll("'", `'\\''`)}'`;
      return `timeout 5 bash -c ${quoted} >/dev/null 2>&1 </dev/null; echo ${number} $?`;
    })
    .join('\n');
}

/** A bash line exits with 0 or not; a system call has one of the results above. */
function lineOf({ bash, syscall, privileged }: Attempt): string {
  const undo = typeof privileged === 'string' ? privileged : ':';
  if (!syscall) return `{ ${bash}\n} || exit ${REFUSED}; ${undo}; exit ${GOT}`;
  const number = process.arch === 'arm64' ? syscall.arm64 : syscall.x64;
  if (number === undefined) return `exit ${NO_SUCH_CALL}`;
  const status = `$r >= 0 ? ${GOT} : $! == 1 ? ${REFUSED} : $! == 38 ? ${NO_SUCH_CALL} : ${FAILED_OTHERWISE}`;
  return `perl -e 'my @words = (${syscall.args}); my $r = syscall(${number}, @words); exit(${status})'`;
}
