import { bridgeOperations, linkSettings } from '../net/bridge.ts';
import { acceptText } from '../net/filter.ts';
import { mark } from '../net/names.ts';
import { ipWords } from '../net/operations.ts';
import { type NetworkRecord, ownerOf } from '../net/record.ts';
import { tableText } from '../net/ruleset.ts';
import { hereDocument } from '../render/here-document.ts';
import type { Story } from './scripted-pod.ts';
import { block, shellFunction } from './shell-blocks.ts';

/** The network, which our pods have in common and a script has to itself: bridge, rules, forwarding; and their end. */
export function networkSteps({ network }: Story): string[] {
  if (!network) return [];
  return [makeNetwork(network), ALLOW_FORWARDING, SETTING, removeNetwork(network)];
}

function makeNetwork(network: NetworkRecord): string {
  const { bridge, gateway, acceptedIn, ipMasq } = network;
  const rules = tableText(network) + (acceptedIn ? acceptText(acceptedIn, network) : '');
  const batch = bridgeOperations(network).map((operation) => `${ipWords(operation)}\n`);
  return [
    bridge
      ? `# The bridge: a switch with ports for pods, and the host itself on it as their gateway ${gateway}.`
      : '# No bridge: each pod has a cable and a route of its own.',
    `# The rules name no device: ${ipMasq ? 'what leaves the subnet leaves as this host, and ' : ''}published ports are elements of a map.`,
    ...(acceptedIn ? [`# This host drops what it forwards: two accept rules go into ${acceptedIn}.`] : []),
    shellFunction('make_network', [
      ...(bridge ? [hereDocument('ip -batch -', batch.join('')), ...openings(bridge)] : []),
      hereDocument('nft -f -', rules),
      'allow_forwarding',
    ]),
  ].join('\n');
}

/** Gone with the device: nothing to put back. */
export function openings(device: string): string[] {
  return linkSettings(device).map(({ path }) => `echo 1 >/proc/sys/${path}`);
}

const ALLOW_FORWARDING = block(`
# The flag of a packet's input device counts: the pods' own for what leaves, the default route's for the answers.
allow_forwarding() {
  ip -4 -o route show default table all | while read -r route; do
    device=\${route##* dev }
    setting "net/ipv4/conf/\${device%% *}/forwarding" 1
  done
}`);

const SETTING = block(`
# setting PATH VALUE: changes a setting of this host's. What it was before is written down first, for \`down\`.
setting() {
  before=$(cat "/proc/sys/$1")
  [ "$before" != "$2" ] || return 0
  echo "$1 $before" >>"$state/settings"
  echo "$2" >"/proc/sys/$1"
}`);

function removeNetwork(network: NetworkRecord): string {
  const { table, bridge, acceptedIn } = network;
  return shellFunction('remove_network', [
    `! nft list table ip ${table} >/dev/null 2>&1 || nft delete table ip ${table} || return`,
    ...(acceptedIn ? withdrawal(acceptedIn, network) : []),
    ...(bridge ? [`[ ! -e /sys/class/net/${bridge} ] || ip link delete dev ${bridge} || return`] : []),
    '[ ! -e "$state/settings" ] || while read -r path before; do',
    '  [ ! -e "/proc/sys/$path" ] || echo "$before" >"/proc/sys/$path"',
    'done <"$state/settings"',
  ]);
}

/** A rule is known by its comment, and is deleted by its handle, which ends its line. */
function withdrawal(chain: string, network: NetworkRecord): string[] {
  return [
    `nft -a list chain ip filter ${chain} | while read -r rule; do`,
    '  case $rule in',
    `  *'comment "${mark(ownerOf(network))}"'*) nft delete rule ip filter ${chain} handle "\${rule##* }" ;;`,
    '  esac',
    'done || return',
  ];
}
