import { keepsMemory } from '../pod/holder.ts';
import type { StoredSpec } from '../pod/workload-record.ts';
import { SHARE_KINDS } from '../spec/pod-spec.ts';
import { shellWord } from '../transcript/shell-word.ts';
import { limitsOf } from './limit-steps.ts';
import { mountsOf } from './mount-steps.ts';
import { rightsOf } from './privileges.ts';
import type { ScriptedPod, ScriptedWorkload } from './scripted-pod.ts';
import { block, functionName, shellFunction } from './shell-blocks.ts';

/** The workloads: the monitor that runs them; and for each its namespaces, root, privileges and command. */
export function workloadSteps(pod: ScriptedPod): string[] {
  const { workloads } = pod;
  if (workloads.length === 0) return [];
  return [
    START,
    ...(workloads.some(({ spec }) => spec.phase === 'init') ? [START_AND_WAIT] : []),
    MONITOR,
    dispatch('run', workloads),
    dispatch('launch', workloads),
    ...workloads.flatMap((workload) => [run(pod, workload), launch(pod, workload)]),
  ];
}

const START = block(`
# start WORKLOAD POLICY [RESTARTS]: starts a monitor in a session of its own, which outlives \`up\`.
start() {
  "$(tool setsid)" sh "$self" monitor "$@" </dev/null >>"$state/log/$1" 2>&1 &
  monitor=$!
  wait_ready "$1" "$monitor"
}`);

const START_AND_WAIT = block(`
# start_and_wait WORKLOAD POLICY [RESTARTS]: an init container must exit with status 0 before the next workload starts.
start_and_wait() {
  start "$@"
  wait "$monitor" || die "$1 failed: $(tail -n 1 "$state/log/$1")"
}`);

const MONITOR = block(`
# monitor WORKLOAD POLICY [RESTARTS]: runs the workload and restarts it by its policy, at most RESTARTS times: the first time
# at once, then after 10 s, doubling to 5 min. After 10 min of running the delay starts over.
monitor() {
  record_pid "$1.monitor"
  restarts=0 delay=0
  while :; do
    began=$(date +%s) status=0
    run "$1" || status=$?
    [ -e "$state/ready/$1" ] || exit "$status"
    [ ! -e "$state/terminating" ] || exit "$status"
    case $2:$status in no:* | on-failure:0) exit "$status" ;; esac
    [ -z "\${3-}" ] || [ "$restarts" -lt "$3" ] || exit "$status"
    restarts=$((restarts + 1))
    [ $(($(date +%s) - began)) -lt 600 ] || delay=0
    sleep "$delay"
    delay=$((delay == 0 ? 10 : delay < 150 ? delay * 2 : 300))
  done
}`);

/** Calls each workload's function by its full name, so that readers and shellcheck can follow the call. */
function dispatch(verb: string, workloads: readonly ScriptedWorkload[]): string {
  const cases = workloads.map(({ spec }) => `${spec.name}) ${functionName(verb, spec.name)} ;;`);
  return shellFunction(verb, ['case $1 in', ...cases, 'esac']);
}

/** nsenter(1) joins the holder's namespaces; unshare(1) creates the workload's own. */
function run({ intent }: ScriptedPod, { spec }: ScriptedWorkload): string {
  const joined = SHARE_KINDS.filter(
    (kind) => typeof spec.origins[kind] === 'object' && intent.share.includes(kind),
  );
  const fresh = SHARE_KINDS.filter((kind) => spec.origins[kind] === 'new');
  // setns(2) into a mount namespace changes the root to that of the namespace. When nslab runs in a chroot, the holder's root
  // is another one: nsenter --root --wd. The current directory of nsenter(1) does not exist in there.
  const enters = [...(keepsMemory(intent) ? ['mount', 'root', 'wd'] : []), ...joined];
  const pid = fresh.includes('pid') ? ['--pid', '--fork', '--kill-child'] : [];
  const makes = ['--mount', ...fresh.filter((kind) => kind !== 'pid').map((kind) => `--${kind}`), ...pid];
  const nsenter = `nsenter --target "$holder" ${enters.map((kind) => `--${kind}`).join(' ')} --`;
  return [
    `# ── ${spec.name} ──`,
    '#',
    ...(enters.includes('mount')
      ? ["# In its own mount namespace, a copy of the holder's, which has the pod's tmpfs mounts."]
      : ['# In its own mount namespace.']),
    shellFunction(functionName('run', spec.name), [
      'read -r holder _ <"$state/pids/holder"',
      `${enters.length > 0 ? `${nsenter} ` : ''}unshare ${makes.join(' ')} -- sh "$self" launch ${spec.name}`,
    ]),
  ].join('\n');
}

function launch(pod: ScriptedPod, workload: ScriptedWorkload): string {
  const { spec } = workload;
  const { origins, hostname, cwd = '/' } = spec;
  return shellFunction(functionName('launch', spec.name), [
    `record_pid ${spec.name}`,
    ...limitsOf(spec),
    ...(origins.net === 'new' ? ['ip link set dev lo up'] : []),
    ...(origins.uts === 'new' ? [`echo ${shellWord(hostname)} >/proc/sys/kernel/hostname`] : []),
    ...mountsOf(pod, workload),
    `: >"$state/ready/${spec.name}"`,
    ...(spec.rootfs === undefined ? ['enter_root', `cd ${shellWord(cwd)}`] : ['enter_image_root']),
    becoming(spec).join(' \\\n    '),
  ]);
}

/** Gives up privileges and executes the command: by the tools in the root, or by copies of them where it is an image's. */
function becoming(spec: StoredSpec): string[] {
  const { rootfs, cwd = '/' } = spec;
  const [setpriv, env] =
    rootfs === undefined
      ? ['"$(tool setpriv)"', 'env']
      : ['./ld.so --library-path . ./setpriv', './ld.so --library-path . ./env'];
  const into = rootfs === undefined ? '' : ` --chdir=${shellWord(cwd)}`;
  return [`exec ${setpriv} ${rightsOf(spec)}`, `-- ${env} -i --default-signal${into}`, ...wordsOf(spec)];
}

/** The environment, one variable per line, and the command. */
function wordsOf({ environment, command }: ScriptedWorkload['spec']): string[] {
  const variables = Object.entries(environment).map(
    ([name, value]) => `${shellWord(name)}=${shellWord(value)}`,
  );
  // env(1) would read a program name with "=" as one more variable.
  const wrapper = command[0]?.includes('=') ? [`sh -c 'exec "$@"' sh`] : [];
  return [
    `-- ${variables[0] ?? ''}`.trimEnd(),
    ...variables.slice(1),
    ...wrapper,
    command.map(shellWord).join(' '),
  ];
}
