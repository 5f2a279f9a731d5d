import { acted, harmless, object, only, refused, required } from '../field.ts';
import {
  choice,
  configKey,
  dnsLabel,
  fileMode,
  flag,
  medium,
  quantity,
  subdomain,
  words,
} from '../formats.ts';
import { list, type Read } from '../shape.ts';
import { PersistentVolumeClaimSpec } from './claim.ts';
import { ObjectFieldSelector, ResourceFieldSelector } from './environment.ts';
import { ObjectMeta } from './meta.ts';

// Volumes and their sources. k8s.io/api/core/v1/types.go

const KeyToPath = object('KeyToPath', {
  key: required(configKey),
  path: required(words),
  mode: acted(fileMode),
});

const DownwardAPIVolumeFile = object(
  'DownwardAPIVolumeFile',
  {
    path: required(words),
    fieldRef: acted(ObjectFieldSelector),
    resourceFieldRef: acted(ResourceFieldSelector),
    mode: acted(fileMode),
  },
  { choice: ['fieldRef', 'resourceFieldRef'] },
);

const chosen = { items: acted(list(KeyToPath)), optional: acted(flag) };
const downward = { items: acted(list(DownwardAPIVolumeFile)) };
const defaultMode = acted(fileMode);

const VolumeProjection = object(
  'VolumeProjection',
  {
    configMap: acted(object('ConfigMapProjection', { name: required(subdomain), ...chosen })),
    secret: acted(object('SecretProjection', { name: required(subdomain), ...chosen })),
    downwardAPI: acted(object('DownwardAPIProjection', downward)),
    serviceAccountToken: refused('there is no API server that accepts a token'),
    clusterTrustBundle: refused('there is no cluster with trust bundles'),
    podCertificate: refused('there is no cluster that signs certificates (Kubernetes 1.34)'),
  },
  { choice: ['configMap', 'secret', 'downwardAPI'] },
);

const CLUSTER = 'cluster storage is not supported';
const IN_MEMORY = 'memory of the pod, which goes with it';

const PersistentVolumeClaimTemplate = object('PersistentVolumeClaimTemplate', {
  metadata: harmless(ObjectMeta, IN_MEMORY),
  spec: { ...harmless(PersistentVolumeClaimSpec, IN_MEMORY), needed: true },
});
const REMOVED = 'Kubernetes has removed this volume type';

export const Volume = object(
  'Volume',
  {
    name: required(dnsLabel),
    emptyDir: acted(
      object('EmptyDirVolumeSource', {
        medium: acted(medium, 'Memory', only(['Memory'], 'huge pages are not supported')),
        sizeLimit: acted(quantity),
      }),
    ),
    hostPath: acted(
      object('HostPathVolumeSource', {
        path: required(words),
        type: acted(
          choice(
            '',
            'DirectoryOrCreate',
            'Directory',
            'FileOrCreate',
            'File',
            'Socket',
            'CharDevice',
            'BlockDevice',
          ),
        ),
      }),
      'with --allow-host-path',
    ),
    configMap: acted(object('ConfigMapVolumeSource', { name: required(subdomain), defaultMode, ...chosen })),
    secret: acted(object('SecretVolumeSource', { secretName: required(subdomain), defaultMode, ...chosen })),
    downwardAPI: acted(object('DownwardAPIVolumeSource', { defaultMode, ...downward })),
    projected: acted(
      object('ProjectedVolumeSource', { defaultMode, sources: acted(list(VolumeProjection)) }),
    ),
    awsElasticBlockStore: refused(CLUSTER),
    azureDisk: refused(CLUSTER),
    azureFile: refused(CLUSTER),
    cephfs: refused(CLUSTER),
    cinder: refused(CLUSTER),
    csi: refused(CLUSTER),
    ephemeral: acted(
      object('EphemeralVolumeSource', { volumeClaimTemplate: acted(PersistentVolumeClaimTemplate) }),
      IN_MEMORY,
    ),
    fc: refused(CLUSTER),
    flexVolume: refused(CLUSTER),
    flocker: refused(REMOVED),
    gcePersistentDisk: refused(CLUSTER),
    gitRepo: refused(REMOVED),
    glusterfs: refused(REMOVED),
    image: refused('there are no images: image names map to programs of this machine'),
    iscsi: refused(CLUSTER),
    nfs: refused('NFS is not mounted: mount it on this machine and use hostPath'),
    persistentVolumeClaim: acted(
      object('PersistentVolumeClaimVolumeSource', {
        claimName: required(subdomain),
        readOnly: acted(flag),
      }),
      IN_MEMORY,
    ),
    photonPersistentDisk: refused(REMOVED),
    portworxVolume: refused(CLUSTER),
    quobyte: refused(REMOVED),
    rbd: refused(REMOVED),
    scaleIO: refused(REMOVED),
    storageos: refused(REMOVED),
    vsphereVolume: refused(CLUSTER),
  },
  {
    choice: [
      ...['emptyDir', 'hostPath', 'configMap', 'secret', 'downwardAPI', 'projected'],
      ...['persistentVolumeClaim', 'ephemeral'],
    ] as const,
  },
);

export type VolumeFields = Read<typeof Volume>;
export type ProjectionFields = Read<typeof VolumeProjection>;
export type KeyToPathFields = Read<typeof KeyToPath>;
export type DownwardFileFields = Read<typeof DownwardAPIVolumeFile>;
