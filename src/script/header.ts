import { plain } from '../render/plain.ts';
import { SHARE_KINDS } from '../spec/pod-spec.ts';
import { hostPortName } from '../spec/port.ts';
import type { ScriptedPod, ScriptedWorkload } from './scripted-pod.ts';

/** The comment at the top: what the script is, how to use it, what it builds, and what it leaves out. */
export function header(pod: ScriptedPod): string {
  const { name } = pod;
  return [
    '#!/bin/sh',
    `# Builds the pod "${name}" without nslab, with commands of util-linux, iproute2, nftables and coreutils.`,
    '#',
    '#     sh pod.sh up       creates the pod',
    '#     sh pod.sh down     removes it; running it twice is fine',
    '#',
    ...picture(pod).map((line) => `#     ${line}`.trimEnd()),
    '#',
    `# State is in /run/pod-${name}: pids, settings changed on this host, and log/WORKLOAD.`,
    '# This file contains all data of the pod, including secrets.',
    '#',
    '# Left out:',
    ...leftOut(pod).map((line) => `#   - ${line}`),
    '#',
    '# Strings in single quotes are meant literally.',
    '# shellcheck disable=SC2016',
  ].join('\n');
}

/** The namespaces of the holder and of each workload, and the network path. */
function picture({ intent, wiring, networks, workloads }: ScriptedPod): string[] {
  const rows = [
    ['holder', holderNamespaces(intent)],
    ...workloads.map(({ spec }) => [spec.name, namespacesOf(spec, intent.share)] as const),
  ];
  const width = Math.max(...rows.map(([process = '']) => process.length));
  return [
    ...rows.map(([process = '', namespaces]) => `${process.padEnd(width)}  ${namespaces}`),
    ...(wiring.length > 0 ? [''] : []),
    ...wiring.map((each, place) =>
      [
        `${each.interface} ${each.address}`,
        `veth pair`,
        each.hostInterface,
        ...(each.bridge ? [`${each.bridge} (bridge) ${each.gateway}`] : []),
        ...(networks[place]?.ipMasq ? ['masquerade'] : []),
        'the outside',
      ].join(' ── '),
    ),
    ...intent.ports.map(
      (port) => `port ${hostPortName(port)} of this host ── port ${port.podPort} of the pod`,
    ),
  ];
}

function holderNamespaces({ share, netns }: ScriptedPod['intent']): string {
  const fresh = share.filter((kind) => !(kind === 'net' && netns));
  return [
    ...(fresh.length > 0 ? [`${fresh.join(', ')}: new`] : []),
    ...(netns ? [`net: ${plain(netns.path)}`] : []),
  ].join('; ');
}

function namespacesOf({ origins }: ScriptedWorkload['spec'], share: readonly string[]): string {
  const kinds = (is: (kind: (typeof SHARE_KINDS)[number]) => boolean) => SHARE_KINDS.filter(is).join(', ');
  const joined = kinds((kind) => typeof origins[kind] === 'object' && share.includes(kind));
  const fresh = [...SHARE_KINDS.filter((kind) => origins[kind] === 'new'), 'mnt'].join(', ');
  return [...(joined ? [`${joined}: the holder's`] : []), `${fresh}: own`].join('; ');
}

/** What nslab does for this pod and the script does not. */
function leftOut({ wiring, workloads, leftOut: others }: ScriptedPod): string[] {
  return [
    ...wiring.map(
      ({ address }) =>
        `a lease of ${address}: the script has its own network, and refuses to start while nslab's exists`,
    ),
    'the automatic removal of an incomplete pod when `up` is killed: run `sh pod.sh down`',
    ...(workloads.length > 0 ? ['a session keyring for each workload'] : []),
    ...workloads.flatMap(({ spec }) => leftOutOf(spec).map((what) => `${spec.name}: ${what}`)),
    ...others.map((name) => `${name}: it joins the namespaces of another workload or pod and is not started`),
  ];
}

function leftOutOf({ handlers = [], deadline, phase }: ScriptedWorkload['spec']): string[] {
  const when = (kinds: readonly string[]) =>
    handlers.flatMap(({ when }) => (kinds.includes(when) ? [when] : []));
  const hooks = when(['post-start', 'pre-stop']);
  const probes = when(['startup', 'readiness', 'liveness']);
  return [
    ...(hooks.length > 0 ? [`its ${hooks.join(' and ')} hook`] : []),
    ...(probes.length > 0
      ? [`its ${probes.join(', ')} probe: the workload counts as ready when it runs`]
      : []),
    ...(deadline === undefined ? [] : [`its deadline of ${deadline} s`]),
    ...(phase === 'sidecar' ? ['its stop after the last of the other workloads: it runs until `down`'] : []),
  ];
}
