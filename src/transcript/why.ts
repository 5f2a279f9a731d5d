import type { Event } from './event.ts';

/** One sentence that says what an event is for; for a batch of `ip` one for each of its lines. */
export function why(event: Event): string[] {
  if ((event.channel === 'ip' || event.channel === 'netlink') && event.input !== undefined)
    return event.input
      .trimEnd()
      .split('\n')
      .map((line) => sentence(IP, line));
  const { channel, call, args, input, equivalent, evidence = [] } = event;
  const said = [args, ...(equivalent === undefined ? [] : [equivalent]), ...evidence];
  const text = channel === 'nft' ? (input ?? args) : said.join('\n');
  return [sentence(REASONS[`${channel} ${call}`] ?? REASONS[call] ?? [], text)];
}

type Reasons = ReadonlyArray<readonly [pattern: RegExp, sentence: string]>;

/** The first that fits; the last of each list fits always, where one sentence can be true of all. */
function sentence(reasons: Reasons, text: string): string {
  return reasons.find(([pattern]) => pattern.test(text))?.[1] ?? '';
}

const IP: Reasons = [
  [
    /^link add .* type bridge/,
    'a switch in the kernel; with a MAC of its own, else it takes that of whichever port is lowest',
  ],
  [
    /^link add .* type veth/,
    'two ends of a cable: the far one is born in the pod, because moving it there later would cost 20 ms',
  ],
  [/ alias /, "the owner's mark: nslab deletes no link that does not bear it"],
  [/ addrgenmode none/, 'no link-local IPv6 address: nobody asked for one'],
  [/ master /, 'the near end is plugged into the bridge'],
  [/ hairpin on/, 'a frame may leave by the port it came from: a pod can reach its own published port'],
  [/^link set dev lo up/, 'a new namespace has a loopback, and it is down'],
  [/^link set .* up/, 'without this nothing passes'],
  [/^address add/, 'who it is'],
  [/^route add default/, 'where everything else goes'],
  [/^route add/, 'straight to the neighbour on that link'],
  [
    /^link delete/,
    'and the peer goes with it; explicitly, because with its namespace it would go only some time later',
  ],
];

const REASONS: Readonly<Record<string, Reasons>> = {
  ip: [
    [/-details address/, 'asks for the interfaces, and where their other ends are'],
    [/route show/, 'asks which subnets are taken: a new one may overlap none'],
    [/link show dev/, 'asks whether the link bears our mark, before it is deleted'],
    [/link show/, 'asks which names are taken, and what size of packet leaves this host'],
  ],
  nft: [
    [/list chains/, "asks whether another program's firewall (Docker's) drops what is forwarded"],
    [/list ruleset$/, 'asks for all rules, to say what becomes of addresses'],
    [/list ruleset/, 'asks for the rules that bear our comment'],
    [
      /masquerade/,
      'one transaction: what leaves a pod leaves as this host, and published ports lead to their pods',
    ],
    [/add element/, 'the published ports of this pod'],
    [/delete element/, 'its ports are free again'],
    [/delete table/, 'the rules go with the network'],
    [/delete rule/, 'our two rules in the other firewall go'],
    [/insert rule/, 'lets our pods through the other firewall'],
    [/./, 'asks for what is there'],
  ],
  'sysctl write': [
    [
      /\/forwarding: 0/,
      'lets packets that come in here go on to another interface; the value before is kept, and put back',
    ],
    [/\/forwarding/, 'as it was before'],
    [
      /route_localnet: /,
      'lets 127.0.0.1 of the host reach a published port: normally such packets are dropped',
    ],
    [/./, "a setting of the pod's own namespaces, from its manifest"],
  ],
  execve: [
    [
      /shim hold /,
      'born in here, the holder has the new namespaces; a shim first gives it the memory that the pod shares',
    ],
    [/shim run /, 'a shim for each workload: with its threads Node may not make or join all of these kinds'],
    [/shim exec /, 'a shim that joins the namespaces and then becomes the command'],
    [/\(born into/, 'born in here, the holder has the new namespaces; as long as it lives, they do'],
    [/./, 'everything is in place: from here on it is the program itself'],
  ],
  execveat: [
    [
      /argv, environ/,
      'once more itself, from that second view: what it was started from lies open for nobody',
    ],
    [
      /./,
      'everything is in place: this process becomes pause, by a descriptor because no path leads there any more',
    ],
  ],
  unshare: [
    [
      /CLONE_NEWNS/,
      'a mount table of its own, at first a copy: what is mounted from now on nobody else sees',
    ],
    [/CLONE_NEWNET/, 'new namespaces for this thread, empty but for a loopback that is down'],
    [/./, 'new namespaces, because it joins none of these kinds'],
  ],
  setns: [
    [/^exit$/m, 'home again: had this failed, nslab would have aborted'],
    [
      /mnt:\[(\d+)\] -> mnt:\[\1\]/,
      'where it is already: this puts its root and its working directory at the root of these mounts',
    ],
    [/CLONE_NEWNS/, "to the holder's mounts and back: what the pod keeps in memory is fetched from there"],
    [/CLONE_NEWNET/, 'from here on this thread sees those interfaces, addresses and ports'],
    [/CLONE_NEWIPC/, 'from here on this thread sees those message queues and semaphores'],
    [/CLONE_NEWUTS/, 'from here on this thread sees that host name'],
    [/CLONE_NEWPID/, 'its next child is born among those processes'],
    [/./, 'from here on this thread is in that namespace'],
  ],
  clone: [
    [
      /CLONE_NEWPID/,
      'a child that is process 1 of a pid namespace of its own: when it ends, all in there end',
    ],
    [/./, 'a child: whoever joins a pid namespace is in it only from its next child on'],
  ],
  mount: [
    [/MS_PRIVATE/, 'what is mounted here must not show on the host: systemd shares all mounts'],
    [/"overlay"/, "the private root: this machine's files below, what the workload writes above"],
    [/\/stage", "tmpfs"/, 'a place in memory for what the workload will write'],
    [/\/run", "tmpfs"/, "its own /run: the host's has the sockets of daemons"],
    [/\/tmp", "tmpfs"/, 'its own /tmp'],
    [/\/dev", "tmpfs"/, 'its own /dev, with the harmless devices alone'],
    [/\/shm", "tmpfs"/, "the pod's shared memory: POSIX shm_open(3) looks here"],
    [/\/volumes\//, 'a volume of the pod, in memory, for as long as its holder lives'],
    [/"proc"/, 'the processes of its own pid namespace, and no others'],
    [/"sysfs"/, 'shows the interfaces of the network namespace in which it is mounted; read-only'],
    [/"devpts"/, 'its own terminals'],
    [/"mqueue"/, 'shows the POSIX message queues of the ipc namespace in which it is mounted'],
    [/"tmpfs"/, 'a place in memory'],
    [/MS_RDONLY.*MS_REMOUNT/, 'and read-only: a bind mount takes that in a second call'],
    [/MS_REMOUNT/, 'its flags, all of them anew: one that is not repeated is taken away'],
    [/"\/dev\/\w+", /, "a device of the host's, shown by its own file"],
    [/\/proc\//, 'settings of the whole machine, about to be made read-only'],
    [
      /\/etc\/(hosts|hostname|resolv\.conf)"/,
      "who and where it is: the pod's file, the same for all its workloads",
    ],
    [/MS_BIND/, 'the same files, seen in a second place'],
    [/./, 'a file system'],
  ],
  mount_setattr: [[/./, 'read-only: else a workload could write into the program that minds it']],
  open_tree: [
    [
      /\/proc\/self\/exe/,
      'a second view of its own program, so that /proc/PID/exe leads to it and not to the file',
    ],
    [/./, "a copy of the holder's mount, attached nowhere yet"],
  ],
  move_mount: [[/./, 'and attached: the very memory that the other workloads of the pod have there']],
  umount2: [
    [/./, "the host's files are gone from here: what is not under the new root cannot be named any more"],
  ],
  pivot_root: [[/./, 'the private root becomes /']],
  chroot: [[/./, 'the root of this process']],
  mkdir: [
    [/\/sys\/fs\/cgroup/, 'a control group: what the workload may use, and what it has used'],
    [/./, 'a place for what is mounted next'],
  ],
  mknod: [[/./, 'an empty file for what is mounted upon it next']],
  symlink: [
    [
      /\/run\/netns\//,
      'makes `ip netns` know the pod; a link and no mount, which would keep the namespace when the holder is gone',
    ],
    [/ links$/, "busybox' applets, for programs that this machine lacks"],
    [/./, 'where programs expect it'],
  ],
  rename: [
    [
      /\.new-/,
      'appears at once with all that is in it, or not at all: of two that want the name one gets it',
    ],
    [/./, 'the name is free from now on; what lies there is removed next'],
  ],
  chown: [[/./, 'so that a group of users may write there']],
  write: [
    [/"0"$/, 'joins its control group: "0" is whoever writes it'],
    [/./, 'a limit of its control group'],
  ],
  sethostname: [[/./, 'the name that everybody in this uts namespace sees']],
  ioctl: [
    [/NS_GET_USERNS/, 'asks which user namespace owns it'],
    [/NS_GET_PARENT/, 'asks in which one it lies'],
    [/./, 'a new namespace has a loopback, and it is down'],
  ],
  socket: [[/./, 'a way to the kernel itself, for the network namespace in which it is opened']],
  send: [
    [/RTM_GETNSID/, 'asks by which number that namespace knows another one: links name their other end so'],
    [/RTM_GETLINK, IFLA_IFNAME/, 'asks for one link: its index, and whose mark it bears'],
    [/-details link/, 'asks for the interfaces, and where their other ends are'],
    [/RTM_GETADDR/, 'asks for their addresses'],
    [/NFT_MSG_GETTABLE/, 'asks whether there are any rules: only then nft has something to tell'],
    [
      /NFT_MSG_GETCHAIN/,
      'asks whether a firewall of this host drops what is forwarded: then two rules let ours pass',
    ],
    [/RTM_GETLINK/, 'asks which names are taken, and what size of packet leaves this host'],
    [/RTM_GETROUTE/, 'asks which subnets are taken: a new one may overlap none'],
    [/./, 'asks'],
  ],
  keyctl: [[/./, 'a keyring of its own: what root put into his is not for it']],
  capset: [[/./, 'what remains of root: these capabilities and no others']],
  setgroups: [[/./, 'its supplementary groups']],
  setresgid: [[/./, 'its group']],
  setresuid: [[/./, 'its user']],
  prctl: [
    [
      /PR_CAPBSET_DROP/,
      "Docker's fourteen capabilities, or those that were asked for: no program can get others back",
    ],
    [/PR_SET_NO_NEW_PRIVS/, 'no setuid program raises it any more'],
    [/PR_SET_PDEATHSIG/, 'it ends when whoever minds it does'],
    [/PR_CAP_AMBIENT/, 'nothing is handed on to programs that did not ask'],
    [/./, 'a property of this process'],
  ],
  kill: [[/./, 'its shim ends it']],
  note: [[/./, 'what the shim has to say of it']],
  close_range: [[/./, 'what nslab was started with is not for its children']],
  pipe2: [
    [/./, 'a pipe whose end says that its other side is gone: so a child ends when its maker was killed'],
  ],
  flock: [
    [/LOCK_SH/, 'shared: nobody tidies up here meanwhile'],
    [/./, 'exclusive: nobody else changes this meanwhile; it goes with its holder, however that ends'],
  ],
  pidfd_open: [[/./, "a descriptor of this very process: its number could be another's by now"]],
  pidfd_send_signal: [[/./, 'asks that very process to end']],
};
