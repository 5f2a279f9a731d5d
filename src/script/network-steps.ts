import { bridgeOperations, forwardingOf, routeLocalnetOf } from '../net/bridge.ts';
import { acceptText } from '../net/filter.ts';
import { mark } from '../net/names.ts';
import { describeOperations } from '../net/operations.ts';
import { type NetworkRecord, ownerOf } from '../net/record.ts';
import { tableText } from '../net/ruleset.ts';
import { hereDocument } from '../render/here-document.ts';
import { type ScriptedPod, withPurposes } from './scripted-pod.ts';
import { block, functionName, shellFunction } from './shell-blocks.ts';

/** Creates and removes the network: bridge, nft rules, forwarding. nslab's pods share it; a script has its own. */
export function networkSteps({ networks, intent }: ScriptedPod): string[] {
  const [first] = networks;
  if (!first) return [];
  const name = (verb: string, network: NetworkRecord) => networkFunction(verb, networks, network);
  // Ports are published in the first.
  const publishes = (network: NetworkRecord) => network === first && intent.ports.length > 0;
  return [
    ...networks.map((network) => createNetwork(name('create_network', network), network, publishes(network))),
    ...[enableForwarding(networks, guardTable(first.table)), SET_SYSCTL],
    ...networks.map((network) => removeNetwork(name('remove_network', network), network)),
    restoreSysctls(guardTable(first.table)),
  ];
}

/** The shell function for one network of the pod; its name tells the network where there are several. */
export function networkFunction(
  verb: string,
  networks: readonly NetworkRecord[],
  network: NetworkRecord,
): string {
  return networks.length === 1 ? verb : functionName(verb, network.name);
}

function createNetwork(name: string, network: NetworkRecord, publishes: boolean): string {
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
    shellFunction(name, [
      ...(bridge
        ? [hereDocument('ip -batch -', withPurposes(input, purpose)), ...linkSysctls(bridge, publishes)]
        : []),
      hereDocument('nft -f -', rules),
      'enable_forwarding',
    ]),
  ].join('\n');
}

/** Sets the sysctls of a device. They need no undo: the kernel removes them with the device. */
export function linkSysctls(device: string, publishes: boolean): string[] {
  const paths = [forwardingOf(device), ...(publishes ? [routeLocalnetOf(device)] : [])];
  return paths.map((path) => `echo 1 >/proc/sys/${path}`);
}

function enableForwarding(networks: readonly NetworkRecord[], guard: string): string {
  const bridges = networks.flatMap(({ bridge }) => bridge ?? []);
  return `${ABOUT_FORWARDING}
${shellFunction('enable_forwarding', [
  '[ "$(cat /proc/sys/net/ipv4/ip_forward)" = 0 ] || return 0',
  `! nft list table ip ${guard} >/dev/null 2>&1 || return 0`,
  hereDocument('nft -f -', guardText(guard)),
  'for setting in /proc/sys/net/ipv4/conf/*/forwarding; do',
  `  device=\${setting%/*}`,
  `  device=\${device##*/}`,
  `  case $device in all | lo${bridges.map((bridge) => ` | ${bridge}`).join('')}) continue ;; esac`,
  '  [ "$(cat "$setting")" = 0 ] || continue',
  '  set_sysctl "net/ipv4/conf/$device/forwarding" 1',
  `  [ "$device" = default ] || nft add element ip ${guard} opened "{ \\"$device\\" }"`,
  'done',
])}`;
}

const ABOUT_FORWARDING = block(`
# The kernel checks the forwarding flag of a packet's input device: the bridge or veth for outgoing packets, any other device for
# the answers and for clients of published ports. \`default\` is for devices that come later. A rule keeps the host from becoming
# a router between those devices. If it is a router already, nothing is changed.`);

function guardTable(table: string): string {
  return `${table}_guard`;
}

function guardText(table: string): string {
  return `create table ip ${table}
table ip ${table} {
  set opened { type ifname; }
  chain forward {
    type filter hook forward priority filter; policy accept;
    iifname @opened oifname @opened counter drop
  }
}
`;
}

const SET_SYSCTL = block(`
# set_sysctl PATH VALUE: changes a sysctl of this host. Records the previous value first, for \`down\` to restore.
set_sysctl() {
  before=$(cat "/proc/sys/$1")
  [ "$before" != "$2" ] || return 0
  echo "$1 $before" >>"$state/sysctls"
  echo "$2" >"/proc/sys/$1"
}`);

function removeNetwork(name: string, network: NetworkRecord): string {
  const { table, bridge, acceptedIn } = network;
  return shellFunction(name, [
    `! nft list table ip ${table} >/dev/null 2>&1 || nft delete table ip ${table} || return`,
    ...(acceptedIn ? withdrawal(acceptedIn, network) : []),
    ...(bridge ? [`[ ! -e /sys/class/net/${bridge} ] || ip link delete dev ${bridge} || return`] : []),
  ]);
}

function restoreSysctls(guard: string): string {
  return block(`
# restore_sysctls: puts back the settings of this host that were changed, and removes the rule that was needed with them.
restore_sysctls() {
  ! nft list table ip ${guard} >/dev/null 2>&1 || nft delete table ip ${guard} || return
  [ ! -e "$state/sysctls" ] || while read -r path before; do
    [ ! -e "/proc/sys/$path" ] || echo "$before" >"/proc/sys/$path"
  done <"$state/sysctls"
}`);
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
