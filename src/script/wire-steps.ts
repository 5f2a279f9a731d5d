import type { Intent, Wiring } from '../pod/record.ts';
import { hereDocument } from '../render/here-document.ts';
import { linkSysctls } from './network-steps.ts';
import type { ScriptedPod } from './scripted-pod.ts';
import { shellFunction } from './shell-blocks.ts';

/** Names and connects the holder's network namespace, with the input of `ip` and `nft` from the pod's transcript. */
export function wireSteps({ intent, wiring, outside, inside, ports }: ScriptedPod): string[] {
  return [
    ...(intent.netnsLink ? [nameNetns(intent.netnsLink)] : []),
    ...(wiring && outside ? [createVeth(wiring, outside)] : []),
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

function createVeth({ hostInterface, bridge }: Wiring, batch: string): string {
  // The only unquoted here-document: the shell expands $holder.
  const pair = hereDocument('ip -batch -', batch).replace("<<'END'", '<<END');
  const other = bridge ? 'is a port of the bridge' : 'stays on the host, with a route to the pod';
  return [
    `# A veth pair is a virtual cable: one end is created in the pod's namespace as eth0, the other ${other}.`,
    shellFunction('create_veth', [pair, ...(bridge ? [] : linkSysctls(hostInterface))]),
    '',
    "# Removed before the holder stops: the kernel would remove it with the pod's namespace, but asynchronously.",
    shellFunction('remove_veth', [
      `[ ! -e /sys/class/net/${hostInterface} ] || ip link delete dev ${hostInterface}`,
    ]),
  ].join('\n');
}

function configureAddresses(wiring: Wiring | undefined, batch: string): string {
  const what = wiring
    ? `address ${wiring.address}, default route by ${wiring.gateway}`
    : 'the loopback interface only';
  return [
    `# In the pod: ${what}.`,
    shellFunction('configure_addresses', [
      hereDocument('nsenter --net --target "$holder" -- ip -batch -', batch),
    ]),
  ].join('\n');
}

function publishPorts({ ports }: Intent, transaction: string): string {
  const what = ports.map(({ hostPort, podPort, protocol }) => `${hostPort}/${protocol} leads to ${podPort}`);
  return [
    `# Published ports are elements of the network's map: ${what.join(', ')}.`,
    shellFunction('publish_ports', [hereDocument('nft -f -', transaction)]),
  ].join('\n');
}
