import { acted, harmless, inert, needed, object, refused, required } from '../field.ts';
import { choice, count, flag, int32, positive, text } from '../formats.ts';
import { list, type Read } from '../shape.ts';
import { InertSelector, ObjectMeta } from './meta.ts';
import { apiVersion, kind, PodTemplateSpec, status } from './pod.ts';

const NOT_COUNTED = 'the pods of a Job that succeed or fail are not counted';

const PodFailurePolicyRule = object('PodFailurePolicyRule', {
  action: required(
    choice('Count', 'FailIndex', 'FailJob', 'Ignore'),
    'Ignore: restarted and not counted; FailIndex: not restarted; FailJob: what runs in the other pods is ended, too',
  ),
  onExitCodes: acted(
    object('PodFailurePolicyOnExitCodesRequirement', {
      containerName: acted(text),
      operator: required(choice('In', 'NotIn')),
      values: required(list(int32)),
    }),
  ),
  onPodConditions: acted(
    list(inert('PodFailurePolicyOnPodConditionsPattern', { status: needed(text), type: needed(text) })),
    'pods are not disrupted, so no condition of a pod ends a Job',
  ),
});

/** By which exit statuses of a container a Job fails, or does not. */
export type FailureRule = Read<typeof PodFailurePolicyRule>;

export const JobSpec = object('JobSpec', {
  template: required(PodTemplateSpec),
  activeDeadlineSeconds: acted(positive, "as each pod's own"),
  parallelism: acted(count, 'so many run at the same time; the others are Pending until one has ended'),
  completions: acted(count, 'that many pods, NAME-0 and on when there is more than one'),
  completionMode: acted(choice('Indexed', 'NonIndexed'), 'Indexed: each pod has its JOB_COMPLETION_INDEX'),
  suspend: acted(flag, 'true: nothing is run'),
  selector: harmless(InertSelector, 'a Job owns only the pods that it creates'),
  manualSelector: harmless(flag, 'a Job owns only the pods that it creates'),
  ttlSecondsAfterFinished: acted(
    count,
    'so long after all pods have ended they are taken down; by the supervisor of a pod, so if all of these were killed they stay',
  ),
  backoffLimit: acted(
    count,
    'so many failures of all pods together are followed by another attempt, with any restartPolicy; default 6. Then what runs of the Job is ended, and nothing begins',
  ),
  backoffLimitPerIndex: acted(
    count,
    'the same for each container; one that has failed for good leaves the others alone',
  ),
  maxFailedIndexes: refused(NOT_COUNTED),
  podFailurePolicy: acted(object('PodFailurePolicy', { rules: required(list(PodFailurePolicyRule)) })),
  podReplacementPolicy: harmless(choice('Failed', 'TerminatingOrFailed'), 'no pod is replaced'),
  successPolicy: refused(NOT_COUNTED),
  managedBy: refused('there is no other controller'),
});

/** k8s.io/api/batch/v1/types.go */
export const Job = object('Job', {
  apiVersion,
  kind,
  metadata: acted(ObjectMeta),
  spec: required(JobSpec),
  status,
});

export type JobFields = Read<typeof Job>;
