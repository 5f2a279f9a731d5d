import { inert, needed } from '../field.ts';
import { choice, quantity, text } from '../formats.ts';
import { list, map } from '../shape.ts';
import { InertSelector } from './meta.ts';

/** What a claim asks of a cluster's storage. k8s.io/api/core/v1/types.go */
export const PersistentVolumeClaimSpec = inert('PersistentVolumeClaimSpec', {
  accessModes: list(choice('ReadWriteOnce', 'ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOncePod')),
  dataSource: inert('TypedLocalObjectReference', { apiGroup: text, kind: needed(text), name: needed(text) }),
  dataSourceRef: inert('TypedObjectReference', {
    apiGroup: text,
    kind: needed(text),
    name: needed(text),
    namespace: text,
  }),
  resources: inert('VolumeResourceRequirements', { limits: map(quantity), requests: map(quantity) }),
  selector: InertSelector,
  storageClassName: text,
  volumeAttributesClassName: text,
  volumeMode: choice('Block', 'Filesystem'),
  volumeName: text,
});
