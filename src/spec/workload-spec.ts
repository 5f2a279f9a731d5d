import type { PodSpec, ShareKind } from './pod-spec.ts';

/** Where a workload's namespace of one kind comes from: a pod (or workload) by name, the host, or new. */
export type Origin = 'new' | 'host' | { readonly of: string };

export interface VolumeMount {
  /** A path on this host; or in what the pod keeps: `/volumes/NAME` in its holder's memory, `NAME` in its files. */
  readonly source: string;
  readonly target: string;
  readonly readOnly: boolean;
  /** Where `source` is to be looked for. Default: on this host. */
  readonly from?: 'host' | 'holder' | 'files';
}

export type RestartPolicy = 'no' | 'on-failure' | 'always';

/** A workload as it is wanted. */
export interface WorkloadSpec {
  readonly name: string;
  readonly command: readonly string[];
  readonly origins: Readonly<Record<ShareKind, Origin>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** A user name or number, with an optional `:group`. */
  readonly user?: string;
  readonly volumes?: readonly VolumeMount[];
  readonly privileged?: boolean;
  readonly restart?: RestartPolicy;
  /** After so many restarts its end is final. */
  readonly mostRestarts?: number;
  /** Seconds between TERM and KILL. */
  readonly grace?: number;
  /** Supplementary groups, besides those that the user has on this machine. */
  readonly groups?: readonly number[];
  /** The bounding set, in hexadecimal. Default: Docker's fourteen. capabilities(7) */
  readonly capabilities?: string;
  /** Without no_new_privs: a set-user-ID program works. prctl(2) */
  readonly mayGainPrivileges?: boolean;
  readonly readOnlyRoot?: boolean;
  /** Directories to make in its private root. */
  readonly directories?: readonly string[];
  readonly limits?: Limits;
  readonly errands?: readonly Errand[];
  /** Seconds from its start after which it is ended for good. */
  readonly deadline?: number;
  /** `init`: runs to its end before the next begins. `sidecar`: begins among those, and ends after the others. */
  readonly phase?: 'init' | 'sidecar';
}

/** What the machine's cgroups keep it to. */
export interface Limits {
  /** In bytes. */
  readonly memory?: number;
  /** In thousandths of a processor. */
  readonly cpu?: number;
}

/** What a shim has done on behalf of its workload, by a child of its own. Kubernetes' hooks and probes. */
export interface Errand {
  readonly when: 'post-start' | 'pre-stop' | 'startup' | 'liveness' | 'readiness';
  readonly deed:
    | { readonly exec: readonly string[] }
    | { readonly tcp: string }
    | { readonly http: string; readonly headers: readonly string[] }
    | { readonly sleep: number };
  /** Seconds; what is not said is the shim's default. */
  readonly delay?: number;
  readonly period?: number;
  readonly timeout?: number;
  readonly grace?: number;
  /** How many in a row. */
  readonly success?: number;
  readonly failure?: number;
}

/** Docker's default between TERM and KILL. */
export const DEFAULT_GRACE = 10;

/** A pod and the workloads in it, ready to be made. */
export interface PodPlan {
  readonly spec: PodSpec;
  /** In the order of their start. A workload's environment may contain the pod's address, which only a running pod has. */
  workloads(address: string | undefined, gateway: string | undefined): readonly WorkloadSpec[];
}
