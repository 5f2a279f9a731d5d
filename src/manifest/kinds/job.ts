import { acted, harmless, object, only, refused, required } from '../field.ts';
import { choice, count, flag, positive } from '../formats.ts';
import type { Read } from '../shape.ts';
import { InertSelector, ObjectMeta } from './meta.ts';
import { apiVersion, kind, PodTemplateSpec, status } from './pod.ts';

const ONE_POD = only([1], 'a Job is one pod here');
const NOT_AGAIN = 'a Job is one pod here: backoffLimit limits the restarts of its containers';

const JobSpec = object('JobSpec', {
  template: required(PodTemplateSpec),
  activeDeadlineSeconds: acted(positive, "as the pod's own"),
  parallelism: acted(count, '1', ONE_POD),
  completions: acted(count, '1', ONE_POD),
  completionMode: harmless(
    choice('Indexed', 'NonIndexed'),
    'NonIndexed is what a Job is here',
    only(['NonIndexed'], 'a Job is one pod here, without an index'),
  ),
  suspend: harmless(flag, 'false: it is run', only([false], 'a suspended Job starts nothing')),
  selector: harmless(InertSelector, 'a Job owns only the pod that it creates'),
  manualSelector: harmless(flag, 'a Job owns only the pod that it creates'),
  ttlSecondsAfterFinished: harmless(count, '`nslab down` removes a finished Job'),
  backoffLimit: acted(count, 'how often a failed container is restarted, with any restartPolicy; default 6'),
  backoffLimitPerIndex: refused(NOT_AGAIN),
  maxFailedIndexes: refused(NOT_AGAIN),
  podFailurePolicy: refused(NOT_AGAIN),
  podReplacementPolicy: harmless(choice('Failed', 'TerminatingOrFailed'), 'no pod is replaced'),
  successPolicy: refused('a Job succeeds when its one pod does'),
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
