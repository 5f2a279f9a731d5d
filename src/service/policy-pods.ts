import { findHolder } from '../pod/find-process.ts';
import { addressesOf } from '../pod/record.ts';
import { type PodRecord, podNames, readMaybePod } from '../pod/store.ts';
import { splitName } from '../spec/names.ts';
import type { NamespaceSpec, PolicyPeer, PolicySpec } from '../spec/policy-spec.ts';
import { isIPv4Cidr, joined, type Range, rangeOf, without } from '../spec/range.ts';
import { matches, type Selector } from '../spec/selector.ts';

/** A pod with an address of its own. One without a manifest has no labels. */
export interface PolicyPod {
  readonly name: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly addresses: readonly string[];
  /** The bridges that it is a port of. */
  readonly bridges: readonly string[];
  readonly ports: readonly { readonly name: string; readonly protocol: string; readonly port: number }[];
}

/** The pods that have addresses and run, or are being made, in the order of their names. */
export function policyPods(root: string): PolicyPod[] {
  return podNames(root).flatMap((name) => {
    const pod = readMaybePod(root, name);
    return pod ? (podOf(pod) ?? []) : [];
  });
}

/** What a pod's record has of its manifest. */
interface Summary {
  readonly metadata?: { readonly namespace?: string; readonly labels?: Readonly<Record<string, string>> };
  readonly spec?: { readonly containers?: readonly { readonly ports?: readonly Port[] }[] };
}

interface Port {
  readonly name?: string;
  readonly protocol?: string;
  readonly containerPort: number;
}

function podOf(pod: PodRecord): PolicyPod | undefined {
  const { intent, status } = pod;
  const addresses = addressesOf(status);
  if (addresses.length === 0 || !findHolder(pod)) return undefined;
  const { metadata = {}, spec = {} } = (intent.manifest ?? {}) as Summary;
  const own = splitName(intent.name);
  return {
    name: own.name,
    namespace: metadata.namespace ?? own.namespace,
    labels: metadata.labels ?? {},
    addresses,
    bridges: (status?.wiring ?? []).flatMap(({ bridge }) => bridge ?? []),
    ports: (spec.containers ?? [])
      .flatMap(({ ports = [] }) => ports)
      .flatMap(({ name, protocol = 'TCP', containerPort }) =>
        name === undefined ? [] : [{ name, protocol: protocol.toLowerCase(), port: containerPort }],
      ),
  };
}

/** The pods that a policy isolates. */
export function isolatedBy(
  { namespace, podSelector }: Pick<PolicySpec, 'namespace' | 'podSelector'>,
  pods: readonly PolicyPod[],
): PolicyPod[] {
  return pods.filter((pod) => pod.namespace === namespace && matches(podSelector, pod.labels));
}

/** The pods that one of the peers means. */
export function podsAmong(
  peers: readonly PolicyPeer[],
  namespace: string,
  pods: readonly PolicyPod[],
  namespaces: readonly NamespaceSpec[],
): PolicyPod[] {
  const isIn = (pod: PolicyPod, selector: Selector | undefined) =>
    selector ? matches(selector, labelsOf(pod.namespace, namespaces)) : pod.namespace === namespace;
  return pods.filter((pod) =>
    peers.some(
      ({ podSelector, namespaceSelector, ipBlock }) =>
        !ipBlock && isIn(pod, namespaceSelector) && matches(podSelector ?? {}, pod.labels),
    ),
  );
}

/** Every namespace has its name as a label. */
function labelsOf(name: string, namespaces: readonly NamespaceSpec[]): Readonly<Record<string, string>> {
  const labels = namespaces.find((each) => each.name === name)?.labels ?? {};
  return { ...labels, 'kubernetes.io/metadata.name': name };
}

/** The addresses of pods and of blocks without what they except, as ranges that do not meet, in order. */
export function rangesOf(pods: readonly PolicyPod[], peers: readonly PolicyPeer[]): Range[] {
  const blocks = peers.flatMap(({ ipBlock }) => {
    if (!ipBlock || !isIPv4Cidr(ipBlock.cidr)) return [];
    const holes = ipBlock.except.filter(isIPv4Cidr).map(rangeOf);
    return holes.reduce<Range[]>(
      (left, hole) => left.flatMap((range) => without(range, hole)),
      [rangeOf(ipBlock.cidr)],
    );
  });
  return joined([...pods.flatMap(({ addresses }) => addresses.map(rangeOf)), ...blocks]);
}
