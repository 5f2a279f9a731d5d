import { CONFLICT, checkConflicts } from './conflict-steps.ts';
import { networkFunction } from './network-steps.ts';
import type { ScriptedPod, ScriptedWorkload } from './scripted-pod.ts';
import { block, shellFunction } from './shell-blocks.ts';

/** `up`: checks for conflicts, then runs the steps in order; rolls back when one fails. */
export function upSteps(pod: ScriptedPod): string[] {
  const { intent, networks, outside, inside, ports, workloads } = pod;
  const up = shellFunction('up', [
    'check_conflicts',
    'mkdir -m 700 "$state"',
    'lock',
    'trap roll_back EXIT',
    "trap 'exit 129' HUP",
    "trap 'exit 130' INT",
    "trap 'exit 143' TERM",
    'write_files',
    ...networks.map((network) => networkFunction('create_network', networks, network)),
    'start_holder',
    ...(intent.netnsLink ? ['name_netns'] : []),
    ...(outside ? ['create_veth'] : []),
    ...(inside ? ['configure_addresses'] : []),
    ...(ports ? ['publish_ports'] : []),
    ...workloads.map(startOf),
    'trap - EXIT',
  ]);
  return [up, checkConflicts(pod), CONFLICT, ROLL_BACK];
}

/** An init container must run to completion and succeed before the next workload starts. */
function startOf({ spec }: ScriptedWorkload): string {
  const { name, restart = 'no', mostRestarts, phase } = spec;
  const limit = mostRestarts === undefined ? [] : [mostRestarts];
  return [phase === 'init' ? 'start_and_wait' : 'start', name, restart, ...limit].join(' ');
}

const ROLL_BACK = block(`
# When a step or a signal ends \`up\` early: removes what was created, and keeps the exit status.
roll_back() {
  status=$?
  trap '' HUP INT TERM
  echo "$name: up failed: rolling back" >&2
  remove_pod
  exit "$status"
}`);
