/** A difference that is intended, and why. */
export interface KnownDifference {
  readonly fact: string;
  /** The value of Docker (or a profile), and ours. Each pattern matches the whole value. */
  readonly theirs: RegExp;
  readonly ours: RegExp;
  readonly why: string;
  /** A man page, or a source file of moby, containerd, Kubernetes or nslab. */
  readonly source: string;
}

const OWN = /own/;
const HOST = /host/;
const JOINED = /pause: own; nginx, busybox: joined/;

/** Reasons of several facts. */
const NO_CONTAINER = {
  why: 'our holder is not a container: it runs as the host’s root; its mount namespace has shared memory only',
  source: 'capabilities(7); nslab src/pod/holder.ts',
};
const NO_SANDBOX = {
  why: 'a pod is not a sandbox: it is open to inspection and shows this machine’s files',
  source: 'moby profiles/seccomp, profiles/apparmor, oci/defaults.go (MaskedPaths); nslab SECURITY.md',
};
const NOT_FIRST = {
  why: 'our holder needs no pid namespace unless the pod shares one: it has no processes to reap',
  source: 'kubernetes build/pause/linux/pause.c; nslab src/pod/holder.ts',
};
const NO_IPV6 = {
  why: 'Docker disables IPv6 when its network has none; nslab leaves the kernel’s default and gives eth0 no IPv6 address',
  source: 'moby libnetwork/osl/namespace_linux.go',
};
const LOW_PORTS = {
  why: 'Docker allows low ports and ping for every user of a container; nslab leaves the kernel’s defaults',
  source: 'ip(7); moby daemon/oci_linux.go',
};
const CONTROL_GROUPS = {
  why: 'nslab leaves control groups to the host: a workload stays in its caller’s group unless it has limits',
  source: 'cgroup_namespaces(7); moby daemon/oci_linux.go; nslab src/pod/limits.ts',
};

/** All intended differences. One that is not listed has the verdict `different`. */
export const KNOWN_DIFFERENCES: readonly KnownDifference[] = [
  {
    fact: 'uts',
    theirs: OWN,
    ours: JOINED,
    why: 'Docker has no --uts=container: it copies the donor’s host name, so a later change is not seen by the others; nslab shares the namespace, as Kubernetes does',
    source: 'moby daemon/oci_linux.go; docker-run(1), --uts',
  },
  {
    fact: 'ipc',
    theirs: OWN,
    ours: JOINED,
    why: 'Docker’s IPC namespace is private without --ipc=container:',
    source: 'docker-run(1), --ipc',
  },
  {
    fact: 'pid',
    theirs: OWN,
    ours: /pause: host; nginx, busybox: own/,
    ...NOT_FIRST,
  },
  {
    fact: 'pid',
    theirs: JOINED,
    ours: /pause: host; nginx, busybox: own/,
    why: 'as in Kubernetes, sharing the pid namespace is an option (shareProcessNamespace, --share pid)',
    source: 'kubernetes staging/src/k8s.io/api/core/v1/types.go, ShareProcessNamespace',
  },
  {
    fact: 'cgroup',
    theirs: OWN,
    ours: HOST,
    ...CONTROL_GROUPS,
  },
  {
    fact: 'control group',
    theirs: OWN,
    ours: HOST,
    ...CONTROL_GROUPS,
  },
  {
    fact: 'hostname',
    theirs: /the id of pause/,
    ours: /the name of the pod/,
    why: 'Docker’s host name is the first twelve digits of the container’s identifier; nslab’s is the pod’s name, as with the kubelet',
    source: 'moby daemon/create.go; kubernetes pkg/kubelet/kubelet_pods.go',
  },
  {
    fact: 'etc',
    theirs: /pause: own; [\w, -]+: joined/,
    ours: /pause: none; ([\w-]+): own(?:; [\w, -]+: as \1)?/,
    why: 'the pod keeps these files and mounts them into its workloads; our holder has no /etc',
    source: 'moby daemon/container_operations.go; nslab src/pod/etc.ts',
  },
  {
    fact: 'etc/hosts',
    theirs: /127\.0\.0\.1 localhost; ::1 .*ip6-loopback; (?:\S+ ip6-\w+; ){4}ADDRESS NAME/,
    ours: /127\.0\.0\.1 localhost; ::1 .*ip6-loopback; ADDRESS NAME/,
    why: 'nslab omits four names of IPv6 prefixes and groups, which no program looks up',
    source: 'moby libnetwork/etchosts/etchosts.go',
  },
  {
    fact: 'etc/resolv.conf',
    theirs: /those of this host, without IPv6/,
    ours: /those of this host/,
    why: 'Docker leaves out IPv6 name servers where its network has no IPv6; nslab copies the file, and a resolver goes on to the next one',
    source: 'moby libnetwork/resolvconf/resolvconf.go; resolv.conf(5)',
  },
  {
    fact: 'etc/resolv.conf',
    theirs: /others: nameserver 8\.8\.8\.8, .*/,
    ours: /others: .*/,
    why: 'where the host’s name servers are all on loopback, Docker takes public ones; nslab takes those that the stub asks, or none, and says so',
    source: 'moby libnetwork/resolvconf/resolvconf.go; nslab src/pod/resolv-conf.ts',
  },
  {
    fact: 'mtu',
    theirs: /lo 65536; eth0 1500/,
    ours: /lo 65536; eth0 \d+, as the way out/,
    why: 'Docker’s MTU is 1500 whatever the way out carries; nslab’s is that of the way out: larger packets would be cut, or lost',
    source: 'moby libnetwork/drivers/bridge/bridge.go; nslab src/net/choose.ts',
  },
  {
    fact: 'queues',
    theirs: /lo 1000 in one; eth0 0 in (?:one|several)/,
    ours: /lo 1000 in one; eth0 1000 in one/,
    why: 'Docker’s veth has no transmit queue length and one queue per processor; nslab uses one queue, which is faster to delete',
    source: 'moby libnetwork/drivers/bridge/bridge.go; nslab src/net/operations.ts',
  },
  ...['all', 'eth0'].map((device) => ({
    fact: `net.ipv6.conf.${device}.disable_ipv6`,
    theirs: /1/,
    ours: /0/,
    ...NO_IPV6,
  })),
  {
    fact: 'addresses',
    theirs: /lo IPv4\/8 host; eth0 IPv4\/\d+ global/,
    ours: /lo IPv4\/8 host; lo IPv6\/128 host; eth0 IPv4\/\d+ global/,
    ...NO_IPV6,
  },
  {
    fact: 'host side name',
    theirs: /veth… on \S+/,
    ours: /nsv… on nslab…/,
    why: 'the prefix of the link’s name identifies its owner; ours also has an alias',
    source: 'moby libnetwork/drivers/bridge/bridge.go; nslab src/net/names.ts',
  },
  {
    fact: 'rules',
    theirs: /filter forward: accept, drop; .*|none/,
    ours: /(?:filter forward: accept; )?(?:nat output: dnat; )?nat postrouting: masquerade(?:; nat prerouting: dnat)?/,
    why: 'Docker drops forwarded packets except its own, by iptables (nft does not list iptables-legacy); nslab has its own table and adds two accept rules only where the host’s forward policy drops',
    source: 'moby libnetwork/drivers/bridge/setup_ip_tables.go; nft(8); nslab src/net/filter.ts',
  },
  {
    fact: 'net.ipv4.ip_unprivileged_port_start',
    theirs: /0/,
    ours: /1024/,
    ...LOW_PORTS,
  },
  {
    fact: 'net.ipv4.ping_group_range',
    theirs: /0 2147483647/,
    ours: /1 0/,
    ...LOW_PORTS,
  },
  {
    fact: 'pid 1',
    theirs: /is PID 1/,
    ours: /pause: is one of many; nginx, busybox: is PID 1/,
    ...NOT_FIRST,
  },
  {
    fact: 'parent',
    theirs: /containerd-shim/,
    ours: /pause: \S+; nginx, busybox: shim/,
    why: 'each container has a shim: containerd’s there, native/shim here; our holder is a child of the process that made it',
    source: 'containerd core/runtime/v2/README.md; nslab native/README.md',
  },
  {
    fact: 'rlimits',
    // Some servers, redis for one, set their own.
    theirs: /.*files .*/,
    ours: /.*files .*/,
    why: 'limits are inherited: from the engine’s service there, from your shell here',
    source: 'getrlimit(2); moby contrib/init/systemd/docker.service',
  },
  {
    fact: 'oom score',
    theirs: /-?\d+/,
    ours: /-?\d+/,
    why: 'Docker sets 0 for its containers, and so does nslab; only a holder that keeps no memory has that of your shell',
    source: 'proc_pid_oom_score_adj(5); moby daemon/oci_linux.go',
  },
  {
    fact: 'environment',
    theirs: /pause, busybox: HOME HOSTNAME PATH; nginx: none|pause: HOME HOSTNAME PATH/,
    ours: /pause, nginx: none; busybox: HOME HOSTNAME PATH|pause: none/,
    why: 'the holder has an empty environment; nginx overwrites its environment with its process title, on both sides',
    source: 'moby container/container_unix.go; nslab src/pod/holder.ts',
  },
  {
    fact: 'stdio',
    theirs: /(?:[\w, ]+: )?\/dev\/null, pipe, .*/,
    ours: /pause: \/dev\/null, \/dev\/null, \/dev\/null; nginx, busybox: \/dev\/null, a file, a file/,
    why: 'output goes through pipes to a daemon there, and directly to a file here: there is no daemon',
    source: 'containerd core/runtime/v2/README.md; nslab native/README.md',
  },
  {
    fact: 'other descriptors',
    theirs: /pause: signalfd(?:; .*busybox: nothing)?/,
    ours: /pause: a file,(?: pipe,)? signalfd(?:; .*busybox: nothing)?/,
    why: 'our holder holds the lock that marks it as alive and, until it is detached, a pipe that ends it with its creator',
    source: 'flock(2); nslab native/README.md',
  },
  {
    fact: 'groups',
    theirs: /(?:[\w, -]+: )?\d+(?:; [\w, -]+: \d+)*/,
    ours: /none/,
    why: 'Docker adds the primary group to the supplementary groups, so that a program cannot drop it unnoticed',
    source: 'moby daemon/oci_linux.go, CVE-2022-36109; setgroups(2)',
  },
  {
    fact: 'capabilities',
    theirs: /(?:pause: )?bounding, permitted, effective Docker's 14; inheritable, ambient none/,
    ours: /pause: bounding, permitted, effective all that root has here; [^;]* none(?:; nginx, busybox: bounding, permitted, effective Docker's 14; inheritable, ambient none)?/,
    ...NO_CONTAINER,
  },
  {
    fact: 'seccomp',
    theirs: /by a filter/,
    ours: /no/,
    ...NO_SANDBOX,
  },
  {
    fact: 'apparmor',
    theirs: /docker-default \(enforce\)/,
    ours: /unconfined/,
    ...NO_SANDBOX,
  },
  {
    fact: 'root',
    theirs: /\w+, writable/,
    ours: /pause: tmpfs, writable; nginx, busybox: overlay, writable/,
    why: 'the root is an image there; here it is an overlay of the host’s root, and the holder has an empty one',
    source: 'nslab native/README.md',
  },
  ...['/proc', '/sys', '/dev', '/dev/shm', '/dev/mqueue'].map((path) => ({
    fact: `mount ${path}`,
    theirs: /\w+, (?:writable|read-only)/,
    ours: /pause: nothing; nginx, busybox: \w+, (?:writable|read-only)/,
    ...NO_CONTAINER,
  })),
  {
    fact: 'mount /sys/fs/cgroup',
    theirs: /\w+, (?:writable|read-only)/,
    ours: /nothing/,
    ...CONTROL_GROUPS,
  },
  {
    fact: 'masked',
    theirs: /\/proc\/.*/,
    ours: /pause: nothing; nginx, busybox: \/proc\/.*/,
    ...NO_SANDBOX,
  },
  {
    fact: 'pause dies',
    theirs: /it goes on, with lo/,
    ours: /it goes on, with lo, eth0/,
    why: 'Docker deletes the donor’s veth pair when it ends; ours stays in the namespace, which its joiners keep alive',
    source: 'moby libnetwork/sandbox.go; namespaces(7)',
  },
  {
    fact: 'pause returns',
    theirs: /in a new one, without the others/,
    ours: /it is refused/,
    why: 'a process cannot be moved into the donor’s new namespaces: its joiners keep the old ones; in nslab the pod must be made again',
    source: 'moby issue 10462; setns(2); nslab src/pod/target.ts',
  },
];
