import { keepsMemory } from '../pod/holder.ts';
import { SHARE_KINDS } from '../spec/pod-spec.ts';
import { shellWord } from '../transcript/shell-word.ts';
import { limitsOf } from './limit-steps.ts';
import { mountsOf } from './mount-steps.ts';
import { rightsOf } from './privileges.ts';
import type { Story, Told } from './scripted-pod.ts';
import { block, functionName, shellFunction } from './shell-blocks.ts';

/** The workloads: what minds them, and of each its namespaces, its root, its rights, its command. */
export function workloadSteps(story: Story): string[] {
  const { workloads } = story;
  if (workloads.length === 0) return [];
  return [
    START,
    ...(workloads.some(({ spec }) => spec.phase === 'init') ? [START_TO_END] : []),
    MIND,
    dispatch('run', workloads),
    dispatch('become', workloads),
    ...workloads.flatMap((told) => [run(story, told), become(story, told)]),
  ];
}

const START = block(`
# start WORKLOAD POLICY [MOST]: its minder, in a session of its own, lives on when \`up\` is over.
start() {
  "$(tool setsid)" sh "$self" mind "$@" </dev/null >>"$state/log/$1" 2>&1 &
  minder=$!
  until_ready "$1" "$minder"
}`);

const START_TO_END = block(`
# start_to_end WORKLOAD POLICY [MOST]: an init container runs to its end, and must have succeeded, before the next begins.
start_to_end() {
  start "$@"
  wait "$minder" || die "$1 failed: $(tail -n 1 "$state/log/$1")"
}`);

const MIND = block(`
# mind WORKLOAD POLICY [MOST]: runs it, and again by its restart policy, but no more than MOST times: at once, then after
# 10 s, 20 s … 5 min; that is forgotten after 10 min of running.
mind() {
  record "$1.minder"
  restarts=0 delay=0
  while :; do
    began=$(date +%s) status=0
    run "$1" || status=$?
    [ -e "$state/ready/$1" ] || exit "$status"
    [ ! -e "$state/ending" ] || exit "$status"
    case $2:$status in no:* | on-failure:0) exit "$status" ;; esac
    [ -z "\${3-}" ] || [ "$restarts" -lt "$3" ] || exit "$status"
    restarts=$((restarts + 1))
    [ $(($(date +%s) - began)) -lt 600 ] || delay=0
    sleep "$delay"
    delay=$((delay == 0 ? 10 : delay < 150 ? delay * 2 : 300))
  done
}`);

/** Said with every name, so that a reader (and shellcheck) sees who calls whom. */
function dispatch(verb: string, workloads: readonly Told[]): string {
  const cases = workloads.map(({ spec }) => `${spec.name}) ${functionName(verb, spec.name)} ;;`);
  return shellFunction(verb, ['case $1 in', ...cases, 'esac']);
}

/** Joined is what exists: nsenter(1); new is what unshare(1) makes. */
function run(story: Story, { spec }: Told): string {
  const { intent } = story;
  const joined = SHARE_KINDS.filter(
    (kind) => typeof spec.origins[kind] === 'object' && intent.share.includes(kind),
  );
  const fresh = SHARE_KINDS.filter((kind) => spec.origins[kind] === 'new');
  // setns(2) goes to the root of the mount namespace: in a chroot the holder's own root is another one. And nsenter(1)
  // would go back to where it was called, which no path leads to from in there.
  const enters = [...(keepsMemory(intent) ? ['mount', 'root', 'wd'] : []), ...joined];
  const pid = fresh.includes('pid') ? ['--pid', '--fork', '--kill-child'] : [];
  const makes = ['--mount', ...fresh.filter((kind) => kind !== 'pid').map((kind) => `--${kind}`), ...pid];
  const nsenter = `nsenter --target "$holder" ${enters.map((kind) => `--${kind}`).join(' ')} --`;
  return [
    `# ── ${spec.name} ──`,
    '#',
    ...(enters.includes('mount')
      ? ["# From the holder's mount namespace, where the pod's memory is, into one of its own."]
      : ['# In a mount namespace of its own.']),
    shellFunction(functionName('run', spec.name), [
      'read -r holder _ <"$state/pids/holder"',
      `${enters.length > 0 ? `${nsenter} ` : ''}unshare ${makes.join(' ')} -- sh "$self" become ${spec.name}`,
    ]),
  ].join('\n');
}

function become(story: Story, told: Told): string {
  const { spec } = told;
  const { origins, hostname, cwd = '/' } = spec;
  return shellFunction(functionName('become', spec.name), [
    `record ${spec.name}`,
    ...limitsOf(spec),
    ...(origins.net === 'new' ? ['ip link set dev lo up'] : []),
    ...(origins.uts === 'new' ? [`echo ${shellWord(hostname)} >/proc/sys/kernel/hostname`] : []),
    ...mountsOf(story, told),
    `: >"$state/ready/${spec.name}"`,
    'move_in',
    `cd ${shellWord(cwd)}`,
    [`exec "$(tool setpriv)" ${rightsOf(spec)}`, `-- env -i --default-signal`, ...wordsOf(spec)].join(
      ' \\\n    ',
    ),
  ]);
}

/** Its environment and its command: a line each, because they are what a reader looks for. */
function wordsOf({ environment, command }: Told['spec']): string[] {
  const variables = Object.entries(environment).map(
    ([name, value]) => `${shellWord(name)}=${shellWord(value)}`,
  );
  // env(1) would take a program of such a name for one more variable.
  const wrapper = command[0]?.includes('=') ? [`sh -c 'exec "$@"' sh`] : [];
  return [
    `-- ${variables[0] ?? ''}`.trimEnd(),
    ...variables.slice(1),
    ...wrapper,
    command.map(shellWord).join(' '),
  ];
}
