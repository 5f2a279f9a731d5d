import { shellWord } from '../transcript/shell-word.ts';
import type { Story } from './scripted-pod.ts';
import { block, shellFunction } from './shell-blocks.ts';

/** Everything that `up` makes is `down`'s to remove by its name: so nobody else's may be called so. */
export function refuseWhatExists({ intent, network, wiring, workloads }: Story): string {
  const devices = [network?.bridge, wiring?.hostInterface].filter((device) => device !== undefined);
  const groups = workloads.flatMap(({ spec }) => spec.limitGroups.map(({ path }) => path));
  const paths = [...(intent.netnsLink ? [intent.netnsLink] : []), ...groups];
  return shellFunction('refuse_what_exists', [
    '[ "$(id -u)" = 0 ] || die "this needs root"',
    '[ ! -e "$state" ] || die "it is up already, or was left half-way: sh $0 down"',
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
  return `refuse ${shellWord(what)}`;
}

/** Most likely it is of the very pod that this is the script of. */
export const REFUSE = block(`
refuse() {
  die "there is $1 already: does nslab's own pod still run?"
}`);
