import { keepsMemory } from '../pod/holder.ts';
import { plain } from '../render/plain.ts';
import { shellWord } from '../transcript/shell-word.ts';
import type { ScriptedPod } from './scripted-pod.ts';
import { shellFunction } from './shell-blocks.ts';

/** The holder: its start, its process, its stop. */
export function holderSteps(pod: ScriptedPod): string[] {
  return [startHolder(pod), holderProcess(pod), stopHolder(pod)];
}

function startHolder({ intent }: ScriptedPod): string {
  const { share, netns } = intent;
  const memory = keepsMemory(intent) ? ['--mount', '--propagation', 'slave'] : [];
  const pid = share.includes('pid') ? ['--pid', '--fork', '--kill-child'] : [];
  const fresh = share.filter((kind) => !(kind === 'net' && netns));
  const kinds = fresh.filter((kind) => kind !== 'pid').map((kind) => `--${kind}`);
  const join = netns ? ['nsenter', `--net=${shellWord(netns.path)}`, '--', 'unshare'] : ['unshare'];
  const unshare = [...join, ...kinds, ...memory, ...pid, '--'].join(' ');
  const start = (what: string) => [
    `"$(tool setsid)" ${what} \\`,
    '  </dev/null >"$state/log/holder" 2>&1 &',
    'wait_ready holder "$!"',
    ...(share.includes('net') ? ['read -r holder _ <"$state/pids/holder"'] : []),
  ];
  const comment = [
    `# The holder ("pause container"): a process that sleeps in new namespaces (${fresh.join(', ') || 'none'}). A namespace exists`,
    ...(netns
      ? [`# (It joins the network namespace ${plain(netns.path)}, which stays when the pod goes.)`]
      : []),
    '# as long as a process is in it, so the holder keeps them alive while workloads stop and start.',
    ...(memory.length > 0 ? MEMORY : []),
  ];
  const holder = `${unshare} sh "$self" holder`;
  const steps = share.includes('pid')
    ? [
        ...[...PID_NAMESPACE, shellFunction('start_holder', start('sh "$self" monitor_holder'))],
        ...['', shellFunction('monitor_holder', ['record_pid holder.monitor', holder])],
      ]
    : [shellFunction('start_holder', start(holder))];
  return [...comment, ...steps].join('\n');
}

const MEMORY = [
  '# Its mount namespace receives mounts and unmounts of the host (slave). The tmpfs volumes of the pod are mounted only',
  '# there.',
];

/** monitor_holder records itself: the process that waits for the holder would else keep the lock. */
const PID_NAMESPACE = [
  '# Only a child of unshare(2) is in the new pid namespace: unshare(1) stays outside and waits for the holder.',
];

function holderProcess({ intent }: ScriptedPod): string {
  const { share, sysctls = {}, volumes = [] } = intent;
  const tmpfs = (options: string, name: string) =>
    `mount -n -t tmpfs -o ${shellWord(options)} tmpfs "$state/${name}"`;
  return shellFunction('holder', [
    'record_pid holder',
    ...(share.includes('uts') ? [`echo ${shellWord(intent.hostname)} >/proc/sys/kernel/hostname`] : []),
    ...Object.entries(sysctls).map(
      ([path, value]) => `echo ${shellWord(value)} >${shellWord(`/proc/sys/${path}`)}`,
    ),
    ...(share.includes('ipc') ? [tmpfs('nosuid,nodev,noexec,mode=1777,size=64m', 'shm')] : []),
    ...volumes.map(({ name, options }) => tmpfs(`nosuid,nodev,${options}`, `volumes/${name}`)),
    ': >"$state/ready/holder"',
    ...(share.includes('pid')
      ? [
          '# PID 1 of a pid namespace receives only signals that it catches, and reaps all orphans.',
          "trap 'exit 0' TERM INT",
          'sleep infinity &',
          'wait "$!"',
        ]
      : ['exec "$(tool env)" -i "$(tool sleep)" infinity']),
  ]);
}

/** KILL at once: the holder has nothing to clean up. When PID 1 dies, the kernel kills the rest of its pid namespace. */
function stopHolder({ intent }: ScriptedPod): string {
  const monitor = intent.share.includes('pid')
    ? ['! is_running holder.monitor || kill -s KILL -- "-$pid" 2>/dev/null || :']
    : [];
  return shellFunction('stop_holder', [
    ...monitor,
    '! is_running holder || kill -s KILL "$pid" 2>/dev/null || :',
    'while is_running holder; do sleep 0.02; done',
  ]);
}
