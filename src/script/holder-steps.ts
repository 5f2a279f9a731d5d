import { keepsMemory } from '../pod/holder.ts';
import { shellWord } from '../transcript/shell-word.ts';
import type { Story } from './scripted-pod.ts';
import { shellFunction } from './shell-blocks.ts';

/** The holder: how it begins, what it is, how it ends. */
export function holderSteps(story: Story): string[] {
  return [startHolder(story), becomeHolder(story), endHolder(story)];
}

function startHolder({ intent }: Story): string {
  const { share } = intent;
  const memory = keepsMemory(intent) ? ['--mount', '--propagation', 'slave'] : [];
  const pid = share.includes('pid') ? ['--pid', '--fork', '--kill-child'] : [];
  const kinds = share.filter((kind) => kind !== 'pid').map((kind) => `--${kind}`);
  const unshare = ['unshare', ...kinds, ...memory, ...pid, '--'].join(' ');
  const start = (what: string) => [
    `"$(tool setsid)" ${what} \\`,
    '  </dev/null >"$state/log/holder" 2>&1 &',
    'until_ready holder "$!"',
    ...(share.includes('net') ? ['read -r holder _ <"$state/pids/holder"'] : []),
  ];
  const comment = [
    `# The holder: a process that does nothing, born in new namespaces (${share.join(', ')}). They live as long as`,
    '# somebody is in them, and it always is: that is all that a "pause container" is for.',
    ...(memory.length > 0 ? MEMORY : []),
  ];
  const holder = `${unshare} sh "$self" holder`;
  const steps = share.includes('pid')
    ? [
        ...[...BORN_INTO, shellFunction('start_holder', start('sh "$self" mind_holder'))],
        ...['', shellFunction('mind_holder', ['record holder.minder', holder])],
      ]
    : [shellFunction('start_holder', start(holder))];
  return [...comment, ...steps].join('\n');
}

const MEMORY = [
  '# Its mount namespace follows what the host mounts and unmounts (slave). What the pod shares in memory is mounted in',
  '# there alone.',
];

/** The lock must end with whoever waits for the child, and so this one is recorded, too. */
const BORN_INTO = [
  '# A pid namespace is entered by being born into it: unshare(1) stays outside, and waits for the holder.',
];

function becomeHolder({ intent }: Story): string {
  const { share, sysctls = {}, volumes = [] } = intent;
  const tmpfs = (options: string, name: string) =>
    `mount -n -t tmpfs -o ${shellWord(options)} tmpfs "$state/${name}"`;
  return shellFunction('holder', [
    'record holder',
    ...(share.includes('uts') ? [`echo ${shellWord(intent.hostname)} >/proc/sys/kernel/hostname`] : []),
    ...Object.entries(sysctls).map(
      ([path, value]) => `echo ${shellWord(value)} >${shellWord(`/proc/sys/${path}`)}`,
    ),
    ...(share.includes('ipc') ? [tmpfs('nosuid,nodev,noexec,mode=1777,size=64m', 'shm')] : []),
    ...volumes.map(({ name, options }) => tmpfs(`nosuid,nodev,${options}`, `volumes/${name}`)),
    ': >"$state/ready/holder"',
    ...(share.includes('pid')
      ? [
          '# PID 1 of the namespace: it hears only what it catches, and all orphans are its to reap.',
          "trap 'exit 0' TERM INT",
          'sleep infinity &',
          'wait "$!"',
        ]
      : ['exec "$(tool env)" -i "$(tool sleep)" infinity']),
  ]);
}

/** It has nothing to put in order, and PID 1 of a namespace takes everybody in there along. */
function endHolder({ intent }: Story): string {
  const minder = intent.share.includes('pid')
    ? ['! lives holder.minder || kill -s KILL -- "-$pid" 2>/dev/null || :']
    : [];
  return shellFunction('end_holder', [
    ...minder,
    '! lives holder || kill -s KILL "$pid" 2>/dev/null || :',
    'while lives holder; do sleep 0.02; done',
  ]);
}
