import type { LabText } from '../../../src/lab/text/lab-text.ts';

export default {
  title: 'What a namespace is',
  goal: 'Each process is in one namespace of each kind, identified by an inode; unshare(2) puts it into a new one.',
  drawing: `
    process  ──┬─ net ── ipc ── uts ── pid ── mnt ── user ── cgroup ── time     one inode each
               │
    unshare(CLONE_NEWUTS): the same seven inodes, and a new one for uts

    task_struct ─┬─ nsproxy ────► uts_ns  ipc_ns  mnt_ns  net_ns  time_ns  cgroup_ns
                 ├─ cred ───────► user_ns                 the kernel counts who points to a namespace:
                 └─ thread_pid ─► the pid namespace       at zero it is gone
  `,
  steps: {
    'one-host': {
      goal: 'Two processes of this machine: nslab, and one that was started without new namespaces.',
      why: 'fork(2) copies no namespace: the child points to the same ones as its parent, and only the counter of users goes up. So everything that is started from your shell sees the same network, host name and processes.',
      checks: {
        'all-the-same': {
          says: 'all eight inodes are equal: both see the same network, host name and processes',
          otherwise: 'their {kind} namespaces differ: {found}',
        },
      },
    },
    uts: {
      goal: 'A process starts in a new uts namespace, where another host name is set.',
      why: 'unshare(2) replaces exactly the kinds that its flags name; for all others the process keeps the pointer that it had. sethostname(2) writes into the uts namespace of the caller, so nobody outside sees the new name.',
      predictions: {
        'how-many': {
          question: 'One kind is unshared. How many of its eight inodes will differ from those of the host?',
        },
        'whose-name': {
          question: 'Its host name is set to "elsewhere". Does the host name of this machine change, too?',
        },
      },
      checks: {
        'uts-differs': {
          says: 'its uts namespace is not that of the host',
          otherwise: 'they share a {kind} namespace: {found}',
        },
        'net-same': {
          says: "its network namespace is still the host's: only the named kinds are unshared",
          otherwise: 'their {kind} namespaces differ: {found}',
        },
        'own-name': {
          says: 'its host name is "elsewhere", and that of this machine is unchanged',
          otherwise: {
            'not-set': 'its host name is not the one that was set',
            'host-changed': 'the host name of this machine was changed',
          },
          symptom: 'a script that looks for the host "elsewhere" says that it is on the wrong machine',
        },
      },
    },
    net: {
      goal: 'Another process starts in a new network namespace.',
      why: 'A network namespace is a whole network stack: interfaces, routes, firewall, sockets. The kernel makes a new lo for each and nothing else, because a physical interface can be in one namespace only, and stays where it is.',
      checks: {
        'net-differs': {
          says: 'its network namespace is not that of the host',
          otherwise: 'they share a {kind} namespace: {found}',
        },
        'lo-alone': {
          says: 'it has a loopback interface and nothing else: no link leads in',
          otherwise: 'it has {count} interfaces: {names}',
          symptom: 'an audit of the namespace that should be closed off reports that it is not',
        },
      },
    },
    pid: {
      goal: 'A workload starts in a new pid namespace.',
      why: 'A process has a number in its own pid namespace and in every one above it, so the host sees it, too. The first process of the namespace gets the number 1 and is its init: when it ends, the kernel kills all others there.',
      predictions: {
        'own-number': {
          question:
            'Its pid on this machine is a large number. Which pid does it have in its own pid namespace?',
          choices: { 'the same': 'the same' },
        },
      },
      checks: {
        'process-1': {
          says: 'in its pid namespace it is process 1, and the only one',
          otherwise: 'its pid is the same inside and outside: it is in the pid namespace of the host',
        },
      },
    },
    'eight-made': {
      goal: 'Part two. Each of the eight kinds is made, by a process of its own with unshare(1).',
      why: 'A process can exchange what it points to, but not its own number, and its clock must not jump: for pid and time, unshare(2) only sets pid_ns_for_children and time_ns_for_children, and the next child is born there. That is why unshare(1) needs --fork for them.',
      predictions: {
        'who-forks': {
          question: 'For which kinds does the process that calls unshare(2) itself stay where it was?',
          choices: {
            none: 'for none',
            'mnt, user': 'mnt and user',
            'pid, time': 'pid and time',
            all: 'for all',
          },
        },
      },
      checks: {
        'each-new': {
          says: 'each of the eight processes is in a namespace that is not the host’s',
          otherwise: 'still in the namespace of the host: {kinds}',
        },
      },
    },
    'eight-joined': {
      goal: 'A second process joins each of them with nsenter(1), which calls setns(2).',
      why: 'setns(2) takes a descriptor of /proc/PID/ns/KIND and makes the caller point to that very namespace; nothing is made or copied. The column field has the kernel’s own name of that pointer: six kinds hang on nsproxy, user on the credentials, pid on the number of the process.',
      predictions: {
        'how-many-new': { question: 'Eight processes join. How many new namespaces come into being?' },
      },
      checks: {
        'each-joined': {
          says: 'the inodes of both processes are equal in each of the eight kinds',
          otherwise: 'the second process is in another namespace: {kinds}',
        },
      },
    },
    'makers-end': {
      goal: 'The processes that made the eight namespaces are killed.',
      why: 'A namespace belongs to nobody: it lives while its counter is above zero, whoever made it. pid is the exception, because its process 1 is more than a user: when it dies, zap_pid_ns_processes() kills everyone else there.',
      predictions: {
        'how-many-left': { question: 'In how many of the eight namespaces will there still be a process?' },
      },
      checks: {
        'second-keeps': {
          says: 'seven kinds live on with the one process that had joined',
          otherwise: 'not exactly one process is left in: {kinds}',
        },
        'pid-ended': {
          says: 'the pid namespace is empty: its other process was killed with process 1',
          otherwise: 'a process is still in the pid namespace',
        },
      },
    },
    'eight-ended': {
      goal: 'The second processes end, too.',
      why: 'With the last reference the counter reaches zero and the kernel frees the namespace with all that is in it: addresses, queues, mounts, the name. What else would have counted: an open file of /proc/PID/ns/KIND, a bind mount of it (`ip netns add` makes one), and for pid and user a child namespace.',
      predictions: { 'any-left': { question: 'How many of the eight namespaces are left?' } },
      checks: {
        'all-gone': {
          says: 'none of the eight has a reference any more: the kernel has freed them',
          otherwise: 'something still refers to: {kinds}',
        },
      },
    },
  },
  breaks: {
    'other-elsewhere': { what: 'the second process is in a uts namespace of its own' },
    'uts-not-unshared': { what: 'net was unshared instead of uts' },
    'net-unshared-too': { what: 'the network was unshared as well' },
    renamed: {
      what: 'the host name was changed',
      hint: 'compare what `hostname` says inside with what was set (`nsenter --target PID --uts hostname`)',
    },
    'net-not-unshared': { what: 'uts was unshared instead of net' },
    cable: {
      what: 'a veth pair was added',
      hint: 'list the links inside: `ip -brief link`. Which of them did nobody order?',
    },
    'pid-not-unshared': { what: 'it was started without a new pid namespace' },
    'uts-not-made': { what: 'one of the eight was started without unshare(1)' },
    'ipc-not-joined': { what: 'one of the eight did not join' },
    'makers-live': { what: 'the makers were not killed' },
    'second-lives': { what: 'the second processes were not killed' },
  },
} satisfies LabText as LabText;
