import { acted, harmless, inert, object, only, required } from '../field.ts';
import { choice, count, flag, integerOrText, text } from '../formats.ts';
import { map, type Read } from '../shape.ts';
import { LabelSelector, ObjectMeta } from './meta.ts';
import { apiVersion, kind, PodTemplateSpec, status } from './pod.ts';

// What keeps a number of equal pods. k8s.io/api/apps/v1/types.go

const NO_ROLLOUT = 'there is no rollout: `nslab down` and `up`';

/** The fields that these kinds have in common. */
const common = {
  selector: acted(LabelSelector, 'must match the labels of the template'),
  template: required(PodTemplateSpec),
  minReadySeconds: harmless(count, NO_ROLLOUT),
};
const replicas = acted(count, 'that many pods, NAME-0 and on when there is more than one');
const revisionHistoryLimit = harmless(count, NO_ROLLOUT);

const DeploymentSpec = object('DeploymentSpec', {
  ...common,
  replicas,
  revisionHistoryLimit,
  paused: harmless(flag, 'false: it is run', only([false], 'a paused Deployment starts nothing')),
  progressDeadlineSeconds: harmless(count, NO_ROLLOUT),
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

const ReplicaSetSpec = object('ReplicaSetSpec', { ...common, replicas });

const ReplicationControllerSpec = object('ReplicationControllerSpec', {
  ...common,
  replicas,
  selector: acted(map(text), 'must match the labels of the template; default: these'),
});

const DaemonSetSpec = object('DaemonSetSpec', {
  ...common,
  revisionHistoryLimit,
  updateStrategy: harmless(
    inert('DaemonSetUpdateStrategy', {
      type: choice('OnDelete', 'RollingUpdate'),
      rollingUpdate: inert('RollingUpdateDaemonSet', {
        maxSurge: integerOrText,
        maxUnavailable: integerOrText,
      }),
    }),
    NO_ROLLOUT,
  ),
});

const whole = { apiVersion, kind, metadata: acted(ObjectMeta), status };

export const Deployment = object('Deployment', { ...whole, spec: required(DeploymentSpec) });
export const ReplicaSet = object('ReplicaSet', { ...whole, spec: required(ReplicaSetSpec) });
export const ReplicationController = object('ReplicationController', {
  ...whole,
  spec: required(ReplicationControllerSpec),
});
/** One pod on each node, and this machine is the only one. */
export const DaemonSet = object('DaemonSet', { ...whole, spec: required(DaemonSetSpec) });

export type DeploymentFields = Read<typeof Deployment>;
