import { DEFAULT_GRACE } from '../spec/workload-spec.ts';
import { limitSteps } from './limit-steps.ts';
import type { Story, Told } from './scripted-pod.ts';
import { block, shellFunction } from './shell-blocks.ts';

/** How it is taken down: by what was written down of it, in the reverse order of its making. */
export function downSteps(story: Story): string[] {
  const { intent, network, wiring, workloads } = story;
  const steps = [
    ...(workloads.length > 0 ? ['end_workloads'] : []),
    ...(wiring ? ['remove_wire'] : []),
    'end_holder',
    ...(workloads.some(({ spec }) => spec.limitGroups.length > 0) ? ['remove_limits'] : []),
    ...(network ? ['remove_network'] : []),
    ...(intent.netnsLink ? ['remove_name'] : []),
  ];
  return [
    DOWN,
    [
      '# Each step is right also when there is nothing to do for it, and one that fails does not stop the others.',
      shellFunction('take_down', [
        ': >"$state/ending"',
        'whole=yes',
        ...steps.map((step) => `${step} || whole=no`),
        '[ $whole = yes ] || die "not all of it could be taken down: try again, sh $0 down"',
        'rm -r "$state"',
      ]),
    ].join('\n'),
    ...(workloads.length > 0 ? [endWorkloads(workloads), STOP, CATCHES_TERM] : []),
    ...limitSteps(story),
  ];
}

const DOWN = block(`
down() {
  [ -d "$state" ] || { echo "$name: it is not up" >&2; return; }
  lock
  [ ! -d "$state" ] || take_down
}`);

/** Sidecars serve the others, and so end after them. */
function endWorkloads(workloads: readonly Told[]): string {
  const names = (is: (told: Told) => boolean) => workloads.filter(is).map(({ spec }) => spec.name);
  const grace = Math.max(...workloads.map(({ spec }) => spec.grace ?? DEFAULT_GRACE));
  const groups = [
    names(({ spec }) => spec.phase !== 'sidecar'),
    names(({ spec }) => spec.phase === 'sidecar'),
  ];
  return shellFunction(
    'end_workloads',
    groups.filter((group) => group.length > 0).map((group) => `stop ${grace} ${group.join(' ')}`),
  );
}

const STOP = block(`
# stop GRACE WORKLOAD…: TERM to all, and after so many seconds KILL to what is left: to a minder's process group as long
# as he is in it (else the number might be somebody else's), and to the workload itself.
stop() {
  patience=$(($1 * 50))
  told=
  shift
  for workload; do tell "$workload" || :; done
  for workload; do
    # One that has only just begun may not have caught TERM when it was told: it is told as soon as it does.
    while tell "$workload" && [ "$patience" -gt 0 ]; do
      sleep 0.02
      patience=$((patience - 1))
    done
    ! lives "$workload.minder" || kill -s KILL -- "-$pid" 2>/dev/null || :
    ! lives "$workload" || kill -s KILL "$pid" 2>/dev/null || :
    while lives "$workload" || lives "$workload.minder"; do sleep 0.02; done
  done
}`);

const CATCHES_TERM = block(`
# tell WORKLOAD: TERM to one that lives and catches it, once; false when there is nobody to wait for.
tell() {
  lives "$1" && catches_term "$pid" || return
  case $told in *" $1 "*) return ;; esac
  told="$told $1 "
  kill -s TERM "$pid" 2>/dev/null || :
}

# catches_term PID: the first process of a pid namespace gets no signal that it does not catch; TERM is bit 14 of the
# mask. To wait for one that cannot hear us would be in vain, and another ends by TERM as by KILL.
catches_term() {
  while read -r field mask; do
    case $field in SigCgt: | SigBlk:) [ $((0x\${mask#????????} >> 14 & 1)) = 0 ] || return 0 ;; esac
  done 2>/dev/null <"/proc/$1/status"
  return 1
}`);
