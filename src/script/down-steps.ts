import { DEFAULT_GRACE } from '../spec/workload-spec.ts';
import { limitSteps } from './limit-steps.ts';
import { networkFunction } from './network-steps.ts';
import type { ScriptedPod, ScriptedWorkload } from './scripted-pod.ts';
import { block, shellFunction } from './shell-blocks.ts';

/** `down`: removes everything that `up` creates, in reverse order. */
export function downSteps(pod: ScriptedPod): string[] {
  const { intent, networks, wiring, workloads } = pod;
  const steps = [
    ...(workloads.length > 0 ? ['stop_workloads'] : []),
    ...(wiring.length > 0 ? ['remove_veth'] : []),
    'stop_holder',
    ...(workloads.some(({ spec }) => spec.limitGroups.length > 0) ? ['remove_cgroups'] : []),
    ...networks.map((network) => networkFunction('remove_network', networks, network)),
    ...(networks.length > 0 ? ['restore_sysctls'] : []),
    ...(intent.netnsLink ? ['remove_netns_name'] : []),
  ];
  return [
    DOWN,
    [
      '# Each step succeeds when there is nothing to remove. A step that fails does not stop the others.',
      shellFunction('remove_pod', [
        ': >"$state/terminating"',
        'removed=yes',
        ...steps.map((step) => `${step} || removed=no`),
        '[ $removed = yes ] || die "not everything could be removed: try again, sh $0 down"',
        'rm -r "$state"',
      ]),
    ].join('\n'),
    ...(workloads.length > 0 ? [stopWorkloads(workloads), STOP, SEND_TERM] : []),
    ...limitSteps(pod),
  ];
}

const DOWN = block(`
down() {
  [ -d "$state" ] || { echo "$name: it is not up" >&2; return; }
  lock
  [ ! -d "$state" ] || remove_pod
}`);

/** Sidecars stop after the other workloads, which use them. */
function stopWorkloads(workloads: readonly ScriptedWorkload[]): string {
  const names = (is: (workload: ScriptedWorkload) => boolean) =>
    workloads.filter(is).map(({ spec }) => spec.name);
  const grace = Math.max(...workloads.map(({ spec }) => spec.grace ?? DEFAULT_GRACE));
  const groups = [
    names(({ spec }) => spec.phase !== 'sidecar'),
    names(({ spec }) => spec.phase === 'sidecar'),
  ];
  return shellFunction(
    'stop_workloads',
    groups.filter((group) => group.length > 0).map((group) => `stop ${grace} ${group.join(' ')}`),
  );
}

const STOP = block(`
# stop GRACE WORKLOAD…: sends TERM to all; after GRACE seconds sends KILL to the workloads that are left and to their
# monitors' process groups. A group is killed only while its monitor runs: after that its number can be reused.
stop() {
  polls=$(($1 * 50))
  signalled=
  shift
  for workload; do send_term "$workload" || :; done
  for workload; do
    # A workload that has just started may not catch TERM yet: it gets the signal as soon as it does.
    while send_term "$workload" && [ "$polls" -gt 0 ]; do
      sleep 0.02
      polls=$((polls - 1))
    done
    ! is_running "$workload.monitor" || kill -s KILL -- "-$pid" 2>/dev/null || :
    ! is_running "$workload" || kill -s KILL "$pid" 2>/dev/null || :
    while is_running "$workload" || is_running "$workload.monitor"; do sleep 0.02; done
  done
}`);

const SEND_TERM = block(`
# send_term WORKLOAD: sends TERM once, if the workload runs and catches TERM. Fails when there is no such process to wait for.
send_term() {
  is_running "$1" && catches_term "$pid" || return
  case $signalled in *" $1 "*) return ;; esac
  signalled="$signalled $1 "
  kill -s TERM "$pid" 2>/dev/null || :
}

# catches_term PID: whether TERM (bit 14) is in the mask of caught or blocked signals. The kernel does not deliver TERM to
# PID 1 of a pid namespace that does not catch it, and any other process that does not catch it is ended by KILL just as well.
catches_term() {
  while read -r field mask; do
    case $field in SigCgt: | SigBlk:) [ $((0x\${mask#????????} >> 14 & 1)) = 0 ] || return 0 ;; esac
  done 2>/dev/null <"/proc/$1/status"
  return 1
}`);
