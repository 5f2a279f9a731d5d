import type { ObjectType } from '../shape.ts';
import { ConfigMap, Secret } from './config.ts';
import { CronJob } from './cron-job.ts';
import { DaemonSet, Deployment, ReplicaSet, ReplicationController } from './deployment.ts';
import { EndpointSlice, Endpoints } from './endpoints.ts';
import { Job } from './job.ts';
import { Namespace, NetworkPolicy } from './network-policy.ts';
import { Pod } from './pod.ts';
import { Service } from './service.ts';
import { StatefulSet } from './stateful-set.ts';

/** A kind of manifest, with its API version. */
export interface Kind {
  readonly version: string;
  /** Removed API versions that old manifests have → the Kubernetes release that removed them. */
  readonly removed: Readonly<Record<string, string>>;
}

const SINCE_1_16 = { 'extensions/v1beta1': '1.16', 'apps/v1beta1': '1.16', 'apps/v1beta2': '1.16' };

/** The kinds that are acted on. podless.ts has those that are read and passed over. */
export const KINDS = {
  Pod: { version: 'v1', removed: {}, type: Pod },
  Deployment: { version: 'apps/v1', removed: SINCE_1_16, type: Deployment },
  ReplicaSet: { version: 'apps/v1', removed: SINCE_1_16, type: ReplicaSet },
  ReplicationController: { version: 'v1', removed: {}, type: ReplicationController },
  DaemonSet: { version: 'apps/v1', removed: SINCE_1_16, type: DaemonSet },
  StatefulSet: { version: 'apps/v1', removed: SINCE_1_16, type: StatefulSet },
  Job: { version: 'batch/v1', removed: {}, type: Job },
  CronJob: {
    version: 'batch/v1',
    removed: { 'batch/v1beta1': '1.25', 'batch/v2alpha1': '1.21' },
    type: CronJob,
  },
  ConfigMap: { version: 'v1', removed: {}, type: ConfigMap },
  Secret: { version: 'v1', removed: {}, type: Secret },
  Service: { version: 'v1', removed: {}, type: Service },
  Endpoints: { version: 'v1', removed: {}, type: Endpoints },
  EndpointSlice: {
    version: 'discovery.k8s.io/v1',
    removed: { 'discovery.k8s.io/v1beta1': '1.25' },
    type: EndpointSlice,
  },
  NetworkPolicy: {
    version: 'networking.k8s.io/v1',
    removed: { 'extensions/v1beta1': '1.16' },
    type: NetworkPolicy,
  },
  Namespace: { version: 'v1', removed: {}, type: Namespace },
} satisfies Record<string, Kind & { readonly type: ObjectType }>;

export type KindName = keyof typeof KINDS;
