import { shellWord } from '../transcript/shell-word.ts';
import type { ScriptedPod } from './scripted-pod.ts';
import { block, shellFunction } from './shell-blocks.ts';

/** `down` removes what `up` creates by name, so `up` refuses to start when an object of such a name exists already. */
export function checkConflicts({ intent, network, wiring, workloads }: ScriptedPod): string {
  const devices = [network?.bridge, wiring?.hostInterface].filter((device) => device !== undefined);
  const groups = workloads.flatMap(({ spec }) => spec.limitGroups.map(({ path }) => path));
  const paths = [...(intent.netnsLink ? [intent.netnsLink] : []), ...groups];
  return shellFunction('check_conflicts', [
    '[ "$(id -u)" = 0 ] || die "this needs root"',
    '[ ! -e "$state" ] || die "it is up already, or was left incomplete: sh $0 down"',
    ...devices.map((device) => `[ ! -e /sys/class/net/${device} ] || ${exists(`a device ${device}`)}`),
    ...paths.flatMap((path) => ['-L', '-e'].map((is) => `[ ! ${is} ${path} ] || ${exists(path)}`)),
    ...(network
      ? [
          `! nft list table ip ${network.table} >/dev/null 2>&1 || ${exists(`an nft table ${network.table}`)}`,
          `[ -z "$(ip -4 route show table all root ${network.subnet})" ] || ${exists(`a route in ${network.subnet}`)}`,
        ]
      : []),
    ...intent.ports.map(({ protocol, hostPort }) => {
      const listening = `ss -Hln ${protocol === 'tcp' ? '-t' : '-u'} 'sport = :${hostPort}'`;
      return `[ -z "$(${listening})" ] || die "port ${hostPort}/${protocol} of this host is in use"`;
    }),
  ]);
}

function exists(what: string): string {
  return `conflict ${shellWord(what)}`;
}

export const CONFLICT = block(`
# conflict WHAT: most likely it belongs to the pod that nslab itself created.
conflict() {
  die "there is $1 already: does nslab's own pod still run?"
}`);
