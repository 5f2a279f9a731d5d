import type { ObjectType } from '../shape.ts';
import { ConfigMap, Secret } from './config.ts';
import { Deployment } from './deployment.ts';
import { Job } from './job.ts';
import { Pod } from './pod.ts';

/** A kind of manifest, with its API version. */
export interface Kind {
  readonly version: string;
  /** Removed API versions that old manifests have → the Kubernetes release that removed them. */
  readonly removed: Readonly<Record<string, string>>;
}

/** The supported kinds. */
export const KINDS = {
  Pod: { version: 'v1', removed: {}, type: Pod },
  Deployment: {
    version: 'apps/v1',
    removed: { 'extensions/v1beta1': '1.16', 'apps/v1beta1': '1.16', 'apps/v1beta2': '1.16' },
    type: Deployment,
  },
  Job: { version: 'batch/v1', removed: {}, type: Job },
  ConfigMap: { version: 'v1', removed: {}, type: ConfigMap },
  Secret: { version: 'v1', removed: {}, type: Secret },
} satisfies Record<string, Kind & { readonly type: ObjectType }>;

export type KindName = keyof typeof KINDS;
