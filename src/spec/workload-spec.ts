import type { PodSpec, ShareKind } from './pod-spec.ts';

/** Where a workload's namespace of one kind comes from: a new one, the host's, or that of a pod or workload by name. */
export type Origin = 'new' | 'host' | { readonly of: string };

export interface VolumeMount {
  /** A path on this host; `/volumes/NAME` in the holder's mount namespace; or `NAME` in the pod's files. */
  readonly source: string;
  readonly target: string;
  readonly readOnly: boolean;
  /** What `source` is relative to. Default: `host`. */
  readonly from?: 'host' | 'holder' | 'files';
}

export type RestartPolicy = 'no' | 'on-failure' | 'always';

/** The desired state of a workload. */
export interface WorkloadSpec {
  readonly name: string;
  readonly command: readonly string[];
  readonly origins: Readonly<Record<ShareKind, Origin>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** A directory of this host whose files are its root, below what it writes. Default: the host's own root. */
  readonly rootfs?: string;
  /** A user name or number, with an optional `:group`. */
  readonly user?: string;
  readonly volumes?: readonly VolumeMount[];
  readonly privileged?: boolean;
  readonly restart?: RestartPolicy;
  /** The maximum number of restarts. Default: no limit. */
  readonly mostRestarts?: number;
  /** What follows an exit with certain statuses; the first that matches decides. Default: it is restarted as often as it may be. */
  readonly exitRules?: readonly ExitRule[];
  /** The number of the signal that stops it. Default: TERM. */
  readonly stopSignal?: number;
  /** Its standard input stays open and empty. Default: /dev/null. */
  readonly openInput?: boolean;
  /** Seconds between TERM and KILL. */
  readonly grace?: number;
  /** Supplementary groups, in addition to the user's own groups. */
  readonly groups?: readonly number[];
  /** The bounding set in hexadecimal. Default: Docker's 14 capabilities. capabilities(7) */
  readonly capabilities?: string;
  /** Sets no_new_privs, so set-user-ID programs gain nothing. prctl(2) */
  readonly noNewPrivileges?: boolean;
  readonly readOnlyRoot?: boolean;
  /** Directories to create in its private root. */
  readonly directories?: readonly string[];
  readonly limits?: Limits;
  readonly handlers?: readonly Handler[];
  /** Seconds after its start when it is stopped and not restarted. */
  readonly deadline?: number;
  /** `init`: must succeed before the next workload starts. `sidecar`: starts in order with these, and stops last. */
  readonly phase?: 'init' | 'sidecar';
}

/** `uncounted`: restarted, and not one of the most restarts. `final`: not restarted. `fails-job`: neither, and its Job has failed. */
export interface ExitRule {
  readonly verdict: 'counted' | 'uncounted' | 'final' | 'fails-job';
  readonly statuses: readonly number[];
  /** Every status but these and 0. */
  readonly others: boolean;
}

/** Resource limits, enforced by cgroups. */
export interface Limits {
  /** In bytes. */
  readonly memory?: number;
  /** In thousandths of a CPU. */
  readonly cpu?: number;
}

/** A hook or probe of Kubernetes. The workload's shim runs it in a child process. */
export interface Handler {
  readonly when: 'post-start' | 'pre-stop' | 'startup' | 'liveness' | 'readiness';
  readonly action:
    | { readonly exec: readonly string[] }
    | { readonly tcp: string }
    | { readonly http: string; readonly headers: readonly string[]; readonly tls?: boolean }
    | { readonly grpc: string }
    | { readonly sleep: number };
  /** In seconds, like the next three. Default: the shim's. */
  readonly delay?: number;
  readonly period?: number;
  readonly timeout?: number;
  readonly grace?: number;
  /** Consecutive results that change the state. */
  readonly success?: number;
  readonly failure?: number;
}

/** Docker's default between TERM and KILL. */
export const DEFAULT_GRACE = 10;

/** A pod and its workloads, checked and ready to be created. */
export interface PodPlan {
  readonly spec: PodSpec;
  /** In start order. Called when the pod has its address, which a workload's environment can contain. */
  workloads(address: string | undefined, gateway: string | undefined): readonly WorkloadSpec[];
}
