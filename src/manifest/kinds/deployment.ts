import { acted, harmless, inert, object, only, required } from '../field.ts';
import { choice, count, flag, integerOrText } from '../formats.ts';
import type { Read } from '../shape.ts';
import { LabelSelector, ObjectMeta } from './meta.ts';
import { apiVersion, kind, PodTemplateSpec, status } from './pod.ts';

const NO_ROLLOUT = 'there is no rollout: `nslab down` and `up`';

const DeploymentSpec = object('DeploymentSpec', {
  replicas: acted(count, 'that many pods, NAME-0 and on when there is more than one'),
  selector: acted(LabelSelector, 'must match the labels of the template'),
  template: required(PodTemplateSpec),
  minReadySeconds: harmless(count, NO_ROLLOUT),
  paused: harmless(flag, 'false: it is run', only([false], 'a paused Deployment starts nothing')),
  progressDeadlineSeconds: harmless(count, NO_ROLLOUT),
  revisionHistoryLimit: harmless(count, NO_ROLLOUT),
  strategy: harmless(
    inert('DeploymentStrategy', {
      type: choice('Recreate', 'RollingUpdate'),
      rollingUpdate: inert('RollingUpdateDeployment', {
        maxSurge: integerOrText,
        maxUnavailable: integerOrText,
      }),
    }),
    NO_ROLLOUT,
  ),
});

/** k8s.io/api/apps/v1/types.go */
export const Deployment = object('Deployment', {
  apiVersion,
  kind,
  metadata: acted(ObjectMeta),
  spec: required(DeploymentSpec),
  status,
});

export type DeploymentFields = Read<typeof Deployment>;
