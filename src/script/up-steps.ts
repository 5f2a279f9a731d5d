import { REFUSE, refuseWhatExists } from './conflict-steps.ts';
import type { Story, Told } from './scripted-pod.ts';
import { block, shellFunction } from './shell-blocks.ts';

/** The order of things: what must not be there yet, then each step, and what happens when one fails. */
export function upSteps(story: Story): string[] {
  const { intent, network, outside, inside, ports, workloads } = story;
  const up = shellFunction('up', [
    'refuse_what_exists',
    'mkdir -m 700 "$state"',
    'lock',
    'trap take_back EXIT',
    "trap 'exit 129' HUP",
    "trap 'exit 130' INT",
    "trap 'exit 143' TERM",
    'write_files',
    ...(network ? ['make_network'] : []),
    'start_holder',
    ...(intent.netnsLink ? ['name_netns'] : []),
    ...(outside ? ['wire'] : []),
    ...(inside ? ['address'] : []),
    ...(ports ? ['publish'] : []),
    ...workloads.map(startOf),
    'trap - EXIT',
  ]);
  return [up, refuseWhatExists(story), REFUSE, TAKE_BACK];
}

/** An init container runs to its end, and must have succeeded, before the next begins. */
function startOf({ spec }: Told): string {
  const { name, restart = 'no', mostRestarts, phase } = spec;
  const tries = mostRestarts === undefined ? [] : [mostRestarts];
  return [phase === 'init' ? 'start_to_end' : 'start', name, restart, ...tries].join(' ');
}

const TAKE_BACK = block(`
# Whatever ended \`up\` too early: what it had made is undone, and its status kept.
take_back() {
  status=$?
  trap '' HUP INT TERM
  echo "$name: that failed, and is taken back" >&2
  take_down
  exit "$status"
}`);
