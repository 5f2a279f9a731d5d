import { bridgeOperations, linkSettings } from '../net/bridge.ts';
import { acceptText } from '../net/filter.ts';
import { mark } from '../net/names.ts';
import { describeOperations } from '../net/operations.ts';
import { type NetworkRecord, ownerOf } from '../net/record.ts';
import { tableText } from '../net/ruleset.ts';
import { hereDocument } from '../render/here-document.ts';
import { type ScriptedPod, withPurposes } from './scripted-pod.ts';
import { block, shellFunction } from './shell-blocks.ts';

/** Creates and removes the network: bridge, nft rules, forwarding. nslab's pods share it; a script has its own. */
export function networkSteps({ network }: ScriptedPod): string[] {
  if (!network) return [];
  return [createNetwork(network), ENABLE_FORWARDING, SET_SYSCTL, removeNetwork(network)];
}

function createNetwork(network: NetworkRecord): string {
  const { bridge, gateway, acceptedIn, ipMasq } = network;
  const rules = tableText(network) + (acceptedIn ? acceptText(acceptedIn, network) : '');
  const { input, purpose } = describeOperations(bridgeOperations(network));
  return [
    bridge
      ? `# The bridge is a switch: pods are its ports, and its own address ${gateway} is their gateway.`
      : '# No bridge: each pod has its own veth pair and route.',
    '# The nft rules name no device. Published ports are elements of a map.',
    ...(ipMasq ? ['# Packets that leave the subnet get the address of this host (masquerade).'] : []),
    ...(acceptedIn
      ? [`# This host drops forwarded packets by default: two rules in ${acceptedIn} accept the pod's.`]
      : []),
    shellFunction('create_network', [
      ...(bridge ? [hereDocument('ip -batch -', withPurposes(input, purpose)), ...linkSysctls(bridge)] : []),
      hereDocument('nft -f -', rules),
      'enable_forwarding',
    ]),
  ].join('\n');
}

/** Sets the sysctls of a device. They need no undo: the kernel removes them with the device. */
export function linkSysctls(device: string): string[] {
  return linkSettings(device).map(({ path }) => `echo 1 >/proc/sys/${path}`);
}

const ENABLE_FORWARDING = block(`
# The kernel checks the forwarding flag of a packet's input device: the bridge or veth for outgoing packets, the device of the
# default route for the answers.
enable_forwarding() {
  ip -4 -o route show default table all | while read -r route; do
    device=\${route##* dev }
    set_sysctl "net/ipv4/conf/\${device%% *}/forwarding" 1
  done
}`);

const SET_SYSCTL = block(`
# set_sysctl PATH VALUE: changes a sysctl of this host. Records the previous value first, for \`down\` to restore.
set_sysctl() {
  before=$(cat "/proc/sys/$1")
  [ "$before" != "$2" ] || return 0
  echo "$1 $before" >>"$state/sysctls"
  echo "$2" >"/proc/sys/$1"
}`);

function removeNetwork(network: NetworkRecord): string {
  const { table, bridge, acceptedIn } = network;
  return shellFunction('remove_network', [
    `! nft list table ip ${table} >/dev/null 2>&1 || nft delete table ip ${table} || return`,
    ...(acceptedIn ? withdrawal(acceptedIn, network) : []),
    ...(bridge ? [`[ ! -e /sys/class/net/${bridge} ] || ip link delete dev ${bridge} || return`] : []),
    '[ ! -e "$state/sysctls" ] || while read -r path before; do',
    '  [ ! -e "/proc/sys/$path" ] || echo "$before" >"/proc/sys/$path"',
    'done <"$state/sysctls"',
  ]);
}

/** Finds the accept rules by their comment and deletes them by their handle, the last word of the line. */
function withdrawal(chain: string, network: NetworkRecord): string[] {
  return [
    `nft -a list chain ip filter ${chain} | while read -r rule; do`,
    '  case $rule in',
    `  *'comment "${mark(ownerOf(network))}"'*) nft delete rule ip filter ${chain} handle "\${rule##* }" ;;`,
    '  esac',
    'done || return',
  ];
}
