import { SHARE_KINDS } from '../spec/pod-spec.ts';
import type { Story, Told } from './scripted-pod.ts';

/** What a reader sees first: what this is, how it is used, what it builds, and what it leaves out. */
export function header(story: Story): string {
  const { name } = story;
  return [
    '#!/bin/sh',
    `# The pod "${name}", without nslab: what nslab asked of the kernel, as commands of util-linux, iproute2, nftables`,
    '# and coreutils.',
    '#',
    '#     sh pod.sh up       builds it',
    '#     sh pod.sh down     takes it down; twice is fine',
    '#',
    ...picture(story).map((line) => `#     ${line}`.trimEnd()),
    '#',
    `# It keeps what it must know in /run/pod-${name}: who runs, what was changed on this host, log/WORKLOAD.`,
    '# This file has all that the pod was given, secrets too.',
    '#',
    '# Left out:',
    ...leftOut(story).map((line) => `#   - ${line}`),
    '#',
    '# Words in single quotes are meant as they stand.',
    '# shellcheck disable=SC2016',
  ].join('\n');
}

/** Who shares what with whom, and how they are connected. */
function picture({ intent, wiring, network, workloads }: Story): string[] {
  const rows = [
    ['holder', `${intent.share.join(', ')}: new`],
    ...workloads.map(({ spec }) => [spec.name, namespacesOf(spec, intent.share)] as const),
  ];
  const width = Math.max(...rows.map(([who = '']) => who.length));
  return [
    ...rows.map(([who = '', what]) => `${who.padEnd(width)}  ${what}`),
    ...(wiring
      ? [
          '',
          [
            `eth0 ${wiring.address}`,
            `veth pair`,
            wiring.hostInterface,
            ...(wiring.bridge ? [`${wiring.bridge} (bridge) ${wiring.gateway}`] : []),
            ...(network?.ipMasq ? ['masquerade'] : []),
            'the outside',
          ].join(' ── '),
        ]
      : []),
    ...intent.ports.map(
      ({ protocol, hostPort, podPort }) =>
        `port ${hostPort}/${protocol} of this host ── port ${podPort} of the pod`,
    ),
  ];
}

function namespacesOf({ origins }: Told['spec'], share: readonly string[]): string {
  const kinds = (is: (kind: (typeof SHARE_KINDS)[number]) => boolean) => SHARE_KINDS.filter(is).join(', ');
  const joined = kinds((kind) => typeof origins[kind] === 'object' && share.includes(kind));
  const fresh = [...SHARE_KINDS.filter((kind) => origins[kind] === 'new'), 'mnt'].join(', ');
  return [...(joined ? [`${joined}: the holder's`] : []), `${fresh}: own`].join('; ');
}

/** Never silently: what nslab does for this pod and the script does not. */
function leftOut({ wiring, workloads, strangers }: Story): string[] {
  return [
    ...(wiring
      ? [
          `a lease of ${wiring.address}: the network is the script's alone, and beside nslab's own it refuses to begin`,
        ]
      : []),
    'the end of a pod whose maker is killed before it is whole: `sh pod.sh down` does it',
    ...(workloads.length > 0 ? ['a session keyring for each workload'] : []),
    ...workloads.flatMap(({ spec }) => leftOutOf(spec).map((what) => `${spec.name}: ${what}`)),
    ...strangers.map(
      (name) => `${name}: it joins the namespaces of another workload or pod, and is not started`,
    ),
  ];
}

function leftOutOf({ errands = [], deadline, phase }: Told['spec']): string[] {
  const when = (kinds: readonly string[]) =>
    errands.flatMap(({ when }) => (kinds.includes(when) ? [when] : []));
  const hooks = when(['post-start', 'pre-stop']);
  const probes = when(['startup', 'readiness', 'liveness']);
  return [
    ...(hooks.length > 0 ? [`its ${hooks.join(' and ')} hook`] : []),
    ...(probes.length > 0 ? [`its ${probes.join(', ')} probe: it counts as ready when it runs`] : []),
    ...(deadline === undefined ? [] : [`its deadline of ${deadline} s`]),
    ...(phase === 'sidecar' ? ['its end with the workloads that it serves: it runs until `down`'] : []),
  ];
}
