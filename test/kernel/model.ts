/** What a small model knows of a pod: what `ps` must say of it. */
export interface Pod {
  readonly state: 'absent' | 'whole' | 'holderless';
  readonly workload: 'none' | 'running' | 'ended' | 'lost';
  readonly byManifest: boolean;
}

export const ABSENT: Pod = { state: 'absent', workload: 'none', byManifest: false };

/** What is done to one pod. `slain` is a verb whose process is killed somewhere on its way. */
export const ACTIONS = [
  ...['hold', 'up', 'run', 'stop', 'rm', 'restart', 'down', 'kill-holder', 'kill-shim'],
  ...['slain-hold', 'slain-up', 'slain-run', 'slain-down', 'slain-restart', 'gc', 'ps'],
] as const;

export type Action = (typeof ACTIONS)[number];

interface Outcome {
  /** The exit status. */
  readonly status: number;
  /** What the pod is then. */
  readonly pod: Pod;
}

/** What a verb does to a pod as it is, by itself. What is killed has no row: whatever it leaves is looked at after a gc. */
export const EXPECTED: Readonly<Record<string, (pod: Pod) => Outcome>> = {
  hold: (pod) =>
    pod.state === 'absent' ? { status: 0, pod: { ...ABSENT, state: 'whole' } } : { status: 1, pod },
  up: (pod) => {
    if (pod.state === 'absent')
      return { status: 0, pod: { state: 'whole', workload: 'running', byManifest: true } };
    return { status: pod.state === 'whole' && pod.byManifest ? 0 : 1, pod };
  },
  run: (pod) =>
    pod.state === 'whole' && pod.workload === 'none'
      ? { status: 0, pod: { ...pod, workload: 'running' } }
      : { status: 125, pod },
  stop: (pod) => {
    if (pod.workload === 'none') return { status: 1, pod };
    return { status: 0, pod: pod.workload === 'running' ? { ...pod, workload: 'ended' } : pod };
  },
  rm: (pod) =>
    pod.workload === 'none' ? { status: 1, pod } : { status: 0, pod: { ...pod, workload: 'none' } },
  restart: (pod) =>
    pod.state === 'whole' && pod.workload !== 'none'
      ? { status: 0, pod: { ...pod, workload: 'running' } }
      : { status: 1, pod },
  down: () => ({ status: 0, pod: ABSENT }),
  gc: (pod) => ({ status: 0, pod: pod.state === 'holderless' ? ABSENT : pod }),
  ps: (pod) => ({ status: 0, pod }),
};

/** What a verb does to the pod that it touches, before its own: a pod without any process is taken away. */
export function swept(pod: Pod): Pod {
  return pod.state === 'holderless' && pod.workload !== 'running' ? ABSENT : pod;
}

/** Every verb but those that only read sweeps before anything else: `up` compares its manifests with what is left then. */
export function sweeps(action: Action): boolean {
  return action !== 'ps';
}
