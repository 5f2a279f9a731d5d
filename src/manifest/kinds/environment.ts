import { acted, harmless, object, only, refused, required } from '../field.ts';
import { configKey, envName, flag, quantity, subdomain, text, words } from '../formats.ts';
import type { Read } from '../shape.ts';

// Environment variables, and the references that volumes use, too. k8s.io/api/core/v1/types.go

/** One key of a ConfigMap or Secret. */
const keySelector = {
  name: required(subdomain),
  key: required(configKey),
  optional: acted(flag),
};

export const ObjectFieldSelector = object('ObjectFieldSelector', {
  fieldPath: required(words),
  apiVersion: harmless(text, 'v1 is the only version of Pod', only(['v1'], 'Pod has no such version')),
});

export const ResourceFieldSelector = object('ResourceFieldSelector', {
  containerName: acted(text),
  resource: required(words, 'limits and requests of cpu and memory'),
  divisor: acted(quantity),
});

const EnvVarSource = object(
  'EnvVarSource',
  {
    fieldRef: acted(ObjectFieldSelector),
    resourceFieldRef: acted(ResourceFieldSelector),
    configMapKeyRef: acted(object('ConfigMapKeySelector', keySelector)),
    secretKeyRef: acted(object('SecretKeySelector', keySelector)),
    fileKeyRef: refused('variables from files of volumes are not supported (Kubernetes 1.34)'),
  },
  { choice: ['fieldRef', 'resourceFieldRef', 'configMapKeyRef', 'secretKeyRef'] },
);

export const EnvVar = object('EnvVar', {
  name: required(envName),
  value: acted(text, '$(VAR) and $$ as in Kubernetes'),
  valueFrom: acted(EnvVarSource),
});

const source = { name: required(subdomain), optional: acted(flag) };

export const EnvFromSource = object(
  'EnvFromSource',
  {
    prefix: acted(text),
    configMapRef: acted(object('ConfigMapEnvSource', source)),
    secretRef: acted(object('SecretEnvSource', source)),
  },
  { choice: ['configMapRef', 'secretRef'] },
);

export type EnvVarFields = Read<typeof EnvVar>;
export type EnvVarSourceFields = Read<typeof EnvVarSource>;
export type EnvFromFields = Read<typeof EnvFromSource>;
export type ObjectFieldRef = Read<typeof ObjectFieldSelector>;
export type ResourceFieldRef = Read<typeof ResourceFieldSelector>;
