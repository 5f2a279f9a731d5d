import { acted, harmless, inert, object, required } from '../field.ts';
import { choice, count, integerOrText, subdomain } from '../formats.ts';
import { list, type Read } from '../shape.ts';
import { PersistentVolumeClaimSpec } from './claim.ts';
import { LabelSelector, ObjectMeta } from './meta.ts';
import { apiVersion, kind, PodTemplateSpec, status } from './pod.ts';

const NO_ROLLOUT = 'there is no rollout: `nslab down` and `up`';
const IN_MEMORY =
  'a claim is memory of its pod, and goes with it; with --volumes it is a directory, and stays';

const PersistentVolumeClaim = object('PersistentVolumeClaim', {
  apiVersion: harmless(choice('v1'), 'it is always v1'),
  kind: harmless(choice('PersistentVolumeClaim'), 'it is always PersistentVolumeClaim'),
  metadata: acted(ObjectMeta, 'its name is that of the volume'),
  spec: harmless(PersistentVolumeClaimSpec, IN_MEMORY),
  status,
});

const StatefulSetSpec = object('StatefulSetSpec', {
  replicas: acted(count, 'that many pods, NAME-0 and on'),
  selector: acted(LabelSelector, 'must match the labels of the template'),
  serviceName: acted(subdomain, 'the subdomain of the pods'),
  template: required(PodTemplateSpec),
  volumeClaimTemplates: acted(list(PersistentVolumeClaim), IN_MEMORY),
  ordinals: acted(object('StatefulSetOrdinals', { start: acted(count) })),
  podManagementPolicy: harmless(
    choice('OrderedReady', 'Parallel'),
    'the pods start in their order, without waiting until each is ready',
  ),
  minReadySeconds: harmless(count, NO_ROLLOUT),
  revisionHistoryLimit: harmless(count, NO_ROLLOUT),
  persistentVolumeClaimRetentionPolicy: harmless(
    inert('StatefulSetPersistentVolumeClaimRetentionPolicy', {
      whenDeleted: choice('Delete', 'Retain'),
      whenScaled: choice('Delete', 'Retain'),
    }),
    IN_MEMORY,
  ),
  updateStrategy: harmless(
    inert('StatefulSetUpdateStrategy', {
      type: choice('OnDelete', 'RollingUpdate'),
      rollingUpdate: inert('RollingUpdateStatefulSetStrategy', {
        maxUnavailable: integerOrText,
        partition: count,
      }),
    }),
    NO_ROLLOUT,
  ),
});

/** k8s.io/api/apps/v1/types.go */
export const StatefulSet = object('StatefulSet', {
  apiVersion,
  kind,
  metadata: acted(ObjectMeta),
  spec: required(StatefulSetSpec),
  status,
});

export type StatefulSetFields = Read<typeof StatefulSet>;
