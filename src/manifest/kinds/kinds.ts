import type { ObjectType } from '../shape.ts';
import { ConfigMap, Secret } from './config.ts';
import { Deployment } from './deployment.ts';
import { Job } from './job.ts';
import { Pod } from './pod.ts';

/** A kind of manifest: where Kubernetes has it, and where it had it once. */
export interface Kind {
  readonly version: string;
  /** Versions that manifests are still found in, and when Kubernetes took them away. */
  readonly removed: Readonly<Record<string, string>>;
}

/** What is read. Every other kind is one that nslab does not act on. */
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
