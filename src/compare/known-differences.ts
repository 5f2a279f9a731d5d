/** Why a fact differs, where that is meant. */
export interface Reason {
  readonly fact: string;
  /** What Docker (or a profile) has, and what we have: each as a whole. */
  readonly theirs: RegExp;
  readonly ours: RegExp;
  readonly why: string;
  /** Where anybody can read it: a man page, a file of moby, containerd, Kubernetes, or of ours. */
  readonly source: string;
}

const OWN = /own/;
const HOST = /host/;
const JOINED = /pause: own; nginx, busybox: joined/;

/** Said of several facts. */
const NO_CONTAINER = {
  why: 'our holder is no container: it is started as this host’s root, with a mount namespace for shared memory alone',
  source: 'capabilities(7); nslab src/pod/holder.ts',
};
const NO_SANDBOX = {
  why: 'a pod here is no sandbox: it is to be looked into, and shows this machine’s files',
  source: 'moby profiles/seccomp, profiles/apparmor, oci/defaults.go (MaskedPaths); nslab SECURITY.md',
};
const NOT_FIRST = {
  why: 'our holder needs no pid namespace unless the pod shares one: there is nobody in it to be seen or reaped',
  source: 'kubernetes build/pause/linux/pause.c; nslab src/pod/holder.ts',
};
const NO_IPV6 = {
  why: 'Docker turns IPv6 off where its network has none; we leave the kernel’s own setting, and give eth0 no address',
  source: 'moby libnetwork/osl/namespace_linux.go',
};
const LOW_PORTS = {
  why: 'Docker lets everybody in a container have low ports and ping; we leave a new namespace as the kernel makes it',
  source: 'ip(7); moby daemon/oci_linux.go',
};
const CONTROL_GROUPS = {
  why: 'we leave control groups to this host: a workload stays in its caller’s unless it is limited',
  source: 'cgroup_namespaces(7); moby daemon/oci_linux.go; nslab src/pod/limits.ts',
};

/** The table of what is meant. A difference that stands in none of its rows is for somebody to look at. */
export const REASONS: readonly Reason[] = [
  {
    fact: 'uts',
    theirs: OWN,
    ours: JOINED,
    why: 'Docker has no --uts=container: it copies the donor’s name as a text, and a later change is seen by one alone; we share the namespace, as Kubernetes does',
    source: 'moby daemon/oci_linux.go; docker-run(1), --uts',
  },
  {
    fact: 'ipc',
    theirs: OWN,
    ours: JOINED,
    why: 'Docker’s IPC is private unless --ipc=container: says otherwise',
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
    why: 'here as in Kubernetes a shared pid namespace is asked for (shareProcessNamespace, --share pid)',
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
    why: 'Docker calls a host by the first twelve digits of its identifier; we call it by the pod’s name, as the kubelet does',
    source: 'moby daemon/create.go; kubernetes pkg/kubelet/kubelet_pods.go',
  },
  {
    fact: 'etc',
    theirs: /pause: own; [\w, -]+: joined/,
    ours: /pause: none; ([\w-]+): own(?:; [\w, -]+: as \1)?/,
    why: 'the files are the pod’s own, on record, and shown to its workloads; our holder has no /etc at all',
    source: 'moby daemon/container_operations.go; nslab src/pod/etc.ts',
  },
  {
    fact: 'etc/hosts',
    theirs: /127\.0\.0\.1 localhost; ::1 .*ip6-loopback; (?:\S+ ip6-\w+; ){4}ADDRESS NAME/,
    ours: /127\.0\.0\.1 localhost; ::1 .*ip6-loopback; ADDRESS NAME/,
    why: 'we leave out four names of IPv6 prefixes and groups, which no program asks for',
    source: 'moby libnetwork/etchosts/etchosts.go',
  },
  {
    fact: 'queues',
    theirs: /lo 1000 in one; eth0 0 in (?:one|several)/,
    ours: /lo 1000 in one; eth0 1000 in one/,
    why: 'Docker lets nothing wait before its veth, and takes a queue a processor; we take one queue, which is sooner gone',
    source: 'moby libnetwork/drivers/bridge/bridge.go; nslab src/net/operations.ts',
  },
  ...['all', 'eth0'].map((where) => ({
    fact: `net.ipv6.conf.${where}.disable_ipv6`,
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
    why: 'whose a link is, its name says at a glance; ours bears an alias, too',
    source: 'moby libnetwork/drivers/bridge/bridge.go; nslab src/net/names.ts',
  },
  {
    fact: 'rules',
    theirs: /filter forward: accept, drop; .*|none/,
    ours: /(?:filter forward: accept; )?(?:nat output: dnat; )?nat postrouting: masquerade(?:; nat prerouting: dnat)?/,
    why: 'Docker lets nothing be forwarded but what it names, by iptables, whose older kind nft does not see; we have a table of our own, and add two rules only where this host drops what it forwards',
    source: 'moby libnetwork/drivers/bridge/setup_ip_tables.go; nft(8); nslab src/net/firewall.ts',
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
    why: 'a shim minds each container: containerd’s there, native/shim here; our holder is a child of who made it',
    source: 'containerd core/runtime/v2/README.md; nslab native/README.md',
  },
  {
    fact: 'rlimits',
    theirs: /files .*/,
    ours: /files .*/,
    why: 'limits are inherited: there from the engine’s own service, here from your shell',
    source: 'getrlimit(2); moby contrib/init/systemd/docker.service',
  },
  {
    fact: 'oom score',
    theirs: /-?\d+/,
    ours: /-?\d+/,
    why: 'a score is inherited: Docker sets its containers’ to 0, we leave what your shell has',
    source: 'proc_pid_oom_score_adj(5); moby daemon/oci_linux.go',
  },
  {
    fact: 'environment',
    theirs: /pause, busybox: HOME HOSTNAME PATH; nginx: none|pause: HOME HOSTNAME PATH/,
    ours: /pause, nginx: none; busybox: HOME HOSTNAME PATH|pause: none/,
    why: 'the holder asks for nothing and is told nothing; nginx writes its title over what it was told, on both sides',
    source: 'moby container/container_unix.go; nslab src/pod/holder.ts',
  },
  {
    fact: 'stdio',
    theirs: /(?:[\w, ]+: )?\/dev\/null, pipe, .*/,
    ours: /pause: \/dev\/null, \/dev\/null, \/dev\/null; nginx, busybox: \/dev\/null, a file, a file/,
    why: 'what is written goes by pipes to a daemon there, and straight into a file here: there is no daemon',
    source: 'containerd core/runtime/v2/README.md; nslab native/README.md',
  },
  {
    fact: 'other descriptors',
    theirs: /pause: signalfd(?:; .*busybox: nothing)?/,
    ours: /pause: a file,(?: pipe,)? signalfd(?:; .*busybox: nothing)?/,
    why: 'our holder carries the lock that says it lives, and, until it is given to the machine, a pipe by which it ends with its creator',
    source: 'flock(2); nslab native/README.md',
  },
  {
    fact: 'groups',
    theirs: /(?:[\w, -]+: )?\d+(?:; [\w, -]+: \d+)*/,
    ours: /none/,
    why: 'Docker lists the group itself among the supplementary ones, so that a program cannot drop it unseen',
    source: 'moby daemon/oci_linux.go, CVE-2022-36109; setgroups(2)',
  },
  {
    fact: 'capabilities',
    theirs: /(?:pause: )?bounding, permitted, effective Docker's 14; inheritable, ambient none/,
    ours: /pause: bounding, permitted, effective all that root has here; [^;]* none(?:; nginx, busybox: bounding, permitted, effective Docker's 14; inheritable, ambient none)?/,
    ...NO_CONTAINER,
  },
  {
    fact: 'no_new_privs',
    theirs: /yes/,
    ours: /pause: yes; nginx, busybox: never/,
    why: 'Docker asks for --security-opt no-new-privileges; we take it for granted: a set-user-ID program of this machine gains nothing',
    source: 'prctl(2), PR_SET_NO_NEW_PRIVS; docker-run(1)',
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
    why: 'an image is its root there; here it is an overlay of this machine’s own, and the holder has none',
    source: 'nslab native/README.md',
  },
  ...['/proc', '/sys', '/dev', '/dev/shm', '/dev/mqueue'].map((place) => ({
    fact: `mount ${place}`,
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
    why: 'Docker takes the cable of a donor away when that ends; ours lies in the namespace, which those that have joined keep',
    source: 'moby libnetwork/sandbox.go; namespaces(7)',
  },
  {
    fact: 'pause returns',
    theirs: /in a new one, without the others/,
    ours: /it is refused/,
    why: 'nobody can be moved into a donor’s new namespaces: its joiners stay behind there, and here the pod has to be made anew',
    source: 'moby issue 10462; setns(2); nslab src/pod/target.ts',
  },
];
