import { basename } from 'node:path';
import type { Intent, Wiring } from '../pod/record.ts';
import { hereDocument } from '../render/here-document.ts';
import { hostPortName } from '../spec/port.ts';
import { linkSysctls } from './network-steps.ts';
import type { ScriptedPod } from './scripted-pod.ts';
import { shellFunction } from './shell-blocks.ts';

/** Names and connects the holder's network namespace, with the input of `ip` and `nft` from the pod's transcript. */
export function wireSteps({ intent, wiring, outside, inside, ports }: ScriptedPod): string[] {
  return [
    ...(intent.netnsLink ? [(intent.pinned ? attachNetns : nameNetns)(intent.netnsLink)] : []),
    ...(outside ? [createVeth(wiring, outside, intent.ports.length > 0)] : []),
    ...(inside ? [configureAddresses(wiring, inside)] : []),
    ...(ports ? [publishPorts(intent, ports)] : []),
  ];
}

function nameNetns(path: string): string {
  return [
    '# Names the network namespace for `ip netns list` and `ip netns exec`. A symbolic link, because a bind mount would keep',
    '# the namespace alive after the holder.',
    shellFunction('name_netns', [
      '[ -d /run/netns ] || { : >"$state/made-run-netns"; mkdir /run/netns; }',
      `ln -s "/proc/$holder/ns/net" ${path}`,
    ]),
    '',
    shellFunction('remove_netns_name', [
      `[ ! -L ${path} ] || rm ${path} || return`,
      '[ ! -e "$state/made-run-netns" ] || [ ! -d /run/netns ] || rmdir --ignore-fail-on-non-empty /run/netns',
    ]),
  ].join('\n');
}

/** Of /run/netns it undoes what it has made: `ip netns` makes of the directory a shared mount. */
function attachNetns(path: string): string {
  const name = basename(path);
  return [
    '# Names the network namespace by a bind mount: it keeps the namespace also when the holder is gone.',
    shellFunction('name_netns', [
      '[ -d /run/netns ] || : >"$state/made-run-netns"',
      'mountpoint -q /run/netns || : >"$state/mounted-run-netns"',
      'stat -L -c %i "/proc/$holder/ns/net" >"$state/netns"',
      `ip netns attach ${name} "$holder"`,
    ]),
    '',
    '# Removes the name if it still names that namespace. An unmount without --lazy fails while another name in there is a mount.',
    shellFunction('remove_netns_name', [
      `[ ! -e ${path} ] || [ "$(stat -c %i ${path})" != "$(cat "$state/netns")" ] || ip netns delete ${name} || return`,
      '[ ! -e "$state/mounted-run-netns" ] || ! mountpoint -q /run/netns || umount /run/netns 2>/dev/null || :',
      '[ ! -e "$state/made-run-netns" ] || [ ! -d /run/netns ] || rmdir --ignore-fail-on-non-empty /run/netns',
    ]),
  ].join('\n');
}

function createVeth(wiring: readonly Wiring[], batch: string, publishes: boolean): string {
  // The only unquoted here-document: the shell expands $holder.
  const pair = hereDocument('ip -batch -', batch).replace("<<'END'", '<<END');
  const routed = wiring.filter(({ bridge }) => !bridge);
  return [
    "# A veth pair is a virtual cable. One end is created in the pod's namespace:",
    ...wiring.map(({ interface: name, bridge }) => {
      const other = bridge ? `is a port of ${bridge}` : 'stays on the host, with a route to the pod';
      return `# ${name}, whose other end ${other}.`;
    }),
    shellFunction('create_veth', [
      pair,
      // Ports are published by the first.
      ...routed.flatMap((each) => linkSysctls(each.hostInterface, publishes && each === wiring[0])),
    ]),
    '',
    "# Removed before the holder stops: the kernel would remove it with the pod's namespace, but asynchronously.",
    shellFunction('remove_veth', [
      ...wiring.map(
        ({ hostInterface }) =>
          `[ ! -e /sys/class/net/${hostInterface} ] || ip link delete dev ${hostInterface} || return`,
      ),
    ]),
  ].join('\n');
}

function configureAddresses(wiring: readonly Wiring[], batch: string): string {
  const addresses = wiring.map(({ address }) => address).join(', ');
  // In a network namespace that had one before, no default route is added.
  const [, gateway] = /^route add default via (\S+)/m.exec(batch) ?? [];
  const what =
    wiring.length === 0
      ? 'the loopback interface only'
      : [`address ${addresses}`, ...(gateway ? [`default route by ${gateway}`] : [])].join(', ');
  return [
    `# In the pod: ${what}.`,
    shellFunction('configure_addresses', [
      hereDocument('nsenter --net --target "$holder" -- ip -batch -', batch),
    ]),
  ].join('\n');
}

function publishPorts({ ports }: Intent, transaction: string): string {
  const what = ports.map((port) => `${hostPortName(port)} leads to ${port.podPort}`);
  return [
    `# Published ports are elements of the network's map: ${what.join(', ')}.`,
    shellFunction('publish_ports', [hereDocument('nft -f -', transaction)]),
  ].join('\n');
}
