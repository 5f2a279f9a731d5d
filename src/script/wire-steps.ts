import type { Intent, Wiring } from '../pod/record.ts';
import { hereDocument } from '../render/here-document.ts';
import { openings } from './network-steps.ts';
import type { Story } from './scripted-pod.ts';
import { shellFunction } from './shell-blocks.ts';

/** How the holder's network namespace is named and connected: what `ip` and `nft` were told for this pod, word by word. */
export function wireSteps({ intent, wiring, outside, inside, ports }: Story): string[] {
  return [
    ...(intent.netnsLink ? [nameNetns(intent.netnsLink)] : []),
    ...(wiring && outside ? [cable(wiring, outside)] : []),
    ...(inside ? [address(wiring, inside)] : []),
    ...(ports ? [publish(intent, ports)] : []),
  ];
}

function nameNetns(path: string): string {
  return [
    '# A link and no bind mount, which would outlive the holder: so `ip netns list` and `exec` know the pod.',
    shellFunction('name_netns', [
      '[ -d /run/netns ] || { : >"$state/made-run-netns"; mkdir /run/netns; }',
      `ln -s "/proc/$holder/ns/net" ${path}`,
    ]),
    '',
    shellFunction('remove_name', [
      `[ ! -L ${path} ] || rm ${path} || return`,
      '[ ! -e "$state/made-run-netns" ] || [ ! -d /run/netns ] || rmdir --ignore-fail-on-non-empty /run/netns',
    ]),
  ].join('\n');
}

function cable({ hostInterface, bridge }: Wiring, batch: string): string {
  // The only one in which something is expanded: $holder.
  const pair = hereDocument('ip -batch -', batch).replace("<<'END'", '<<END');
  const other = bridge ? 'a port of the bridge' : "the host's, with a route to the pod";
  return [
    `# A veth pair is a cable: the pod's end is born in its namespace as eth0, the other is ${other}.`,
    shellFunction('wire', [pair, ...(bridge ? [] : openings(hostInterface))]),
    '',
    '# Before the holder: with the namespace alone it would go a moment later.',
    shellFunction('remove_wire', [
      `[ ! -e /sys/class/net/${hostInterface} ] || ip link delete dev ${hostInterface}`,
    ]),
  ].join('\n');
}

function address(wiring: Wiring | undefined, batch: string): string {
  const what = wiring
    ? `its address ${wiring.address}, and the way out by ${wiring.gateway}`
    : 'its loopback, and nothing else';
  return [
    `# In the pod: ${what}.`,
    shellFunction('address', [hereDocument('nsenter --net --target "$holder" -- ip -batch -', batch)]),
  ].join('\n');
}

function publish({ ports }: Intent, transaction: string): string {
  const what = ports.map(({ hostPort, podPort, protocol }) => `${hostPort}/${protocol} leads to ${podPort}`);
  return [
    `# Published ports are elements of the network's map: ${what.join(', ')}.`,
    shellFunction('publish', [hereDocument('nft -f -', transaction)]),
  ].join('\n');
}
