import type { Selector } from './selector.ts';

/** A NetworkPolicy as it is wanted: who may speak with the pods of a selector. */
export interface PolicySpec {
  readonly name: string;
  readonly namespace: string;
  /** The pods that it isolates. An empty selector is all of the namespace. */
  readonly podSelector: Selector;
  /** What may come in. Absent: it says nothing about that; an empty list: nothing may. */
  readonly ingress?: readonly PolicyRule[];
  readonly egress?: readonly PolicyRule[];
}

export interface PolicyRule {
  /** The others. Absent: everybody. */
  readonly peers?: readonly PolicyPeer[];
  /** Absent: every port of every protocol. */
  readonly ports?: readonly PolicyPort[];
}

/** Pods by their labels and those of their namespaces, or addresses. */
export interface PolicyPeer {
  readonly podSelector?: Selector;
  /** Absent beside a podSelector: the policy's own namespace. */
  readonly namespaceSelector?: Selector;
  readonly ipBlock?: { readonly cidr: string; readonly except: readonly string[] };
}

export interface PolicyPort {
  readonly protocol: 'tcp' | 'udp';
  /** A number, or the name of a port of the pod that is spoken to. Absent: all of the protocol. */
  readonly port?: number | string;
  /** The last of a range. */
  readonly endPort?: number;
}

/** The labels of a namespace, which a NetworkPolicy may select by. */
export interface NamespaceSpec {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** As a Service is called: `web`, and `web.shop` in another namespace than `default`. */
export function policyTitle({ name, namespace }: Pick<PolicySpec, 'name' | 'namespace'>): string {
  return namespace === 'default' ? name : `${name}.${namespace}`;
}
