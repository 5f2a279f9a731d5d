import { hostPortName } from '../spec/port.ts';
import { shellWord } from '../transcript/shell-word.ts';
import type { ScriptedPod } from './scripted-pod.ts';
import { block, shellFunction } from './shell-blocks.ts';

/** `down` removes what `up` creates by name, so `up` refuses to start when an object of such a name exists already. */
export function checkConflicts({ intent, networks, wiring, workloads }: ScriptedPod): string {
  const devices = [
    ...networks.flatMap(({ bridge }) => bridge ?? []),
    ...wiring.map(({ hostInterface }) => hostInterface),
  ];
  const groups = workloads.flatMap(({ spec }) => spec.limitGroups.map(({ path }) => path));
  const paths = [...(intent.netnsLink ? [intent.netnsLink] : []), ...groups];
  return shellFunction('check_conflicts', [
    '[ "$(id -u)" = 0 ] || die "this needs root"',
    '[ ! -e "$state" ] || die "it is up already, or was left incomplete: sh $0 down"',
    ...(intent.netns ? [requireNetns(intent.netns.path)] : []),
    ...devices.map((device) => `[ ! -e /sys/class/net/${device} ] || ${exists(`a device ${device}`)}`),
    ...paths.flatMap((path) => ['-L', '-e'].map((is) => `[ ! ${is} ${path} ] || ${exists(path)}`)),
    ...networks.flatMap(({ table, subnet }) => [
      `! nft list table ip ${table} >/dev/null 2>&1 || ${exists(`an nft table ${table}`)}`,
      `[ -z "$(ip -4 route show table all root ${subnet})" ] || ${exists(`a route in ${subnet}`)}`,
    ]),
    ...intent.ports.map((port) => {
      const { protocol, hostPort, hostIP } = port;
      const on = hostIP === undefined ? '' : ` and ( src ${hostIP} or src 0.0.0.0 or src [::] )`;
      const listening = `ss -Hln ${protocol === 'tcp' ? '-t' : '-u'} 'sport = :${hostPort}${on}'`;
      return `[ -z "$(${listening})" ] || die "port ${hostPortName(port)} of this host is in use"`;
    }),
  ]);
}

function requireNetns(path: string): string {
  return `[ -e ${shellWord(path)} ] || die ${shellWord(`there is no network namespace ${path}`)}`;
}

function exists(what: string): string {
  return `conflict ${shellWord(what)}`;
}

export const CONFLICT = block(`
# conflict WHAT: most likely it belongs to the pod that nslab itself created.
conflict() {
  die "there is $1 already: does nslab's own pod still run?"
}`);
