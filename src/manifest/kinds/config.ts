import { acted, harmless, object } from '../field.ts';
import { base64, flag, text } from '../formats.ts';
import { map, type Read } from '../shape.ts';
import { ObjectMeta } from './meta.ts';
import { apiVersion, kind } from './pod.ts';

// ConfigMap and Secret. k8s.io/api/core/v1/types.go

const immutable = harmless(flag, 'nothing changes it while its pods run');

export const ConfigMap = object('ConfigMap', {
  apiVersion,
  kind,
  metadata: acted(ObjectMeta),
  data: acted(map(text)),
  binaryData: acted(map(base64)),
  immutable,
});

export const Secret = object('Secret', {
  apiVersion,
  kind,
  metadata: acted(ObjectMeta),
  data: acted(map(base64)),
  stringData: acted(map(text), 'takes precedence over data'),
  type: acted(text, 'the keys that the type requires must be there'),
  immutable,
});

export type ConfigMapFields = Read<typeof ConfigMap>;
export type SecretFields = Read<typeof Secret>;
