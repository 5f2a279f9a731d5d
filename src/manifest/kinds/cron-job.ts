import { acted, harmless, object, required } from '../field.ts';
import { choice, count, flag, integer, schedule, timeZone } from '../formats.ts';
import type { Read } from '../shape.ts';
import { JobSpec } from './job.ts';
import { ObjectMeta } from './meta.ts';
import { apiVersion, kind, status } from './pod.ts';

const ONE_RUN = 'it is run once, now; with --schedule one after the other';

const CronJobSpec = object('CronJobSpec', {
  jobTemplate: required(
    object('JobTemplateSpec', {
      metadata: acted(ObjectMeta, 'labels and annotations of the Job: checked'),
      spec: required(JobSpec),
    }),
  ),
  schedule: required(schedule, 'checked; the Job is run once, now, or by it with --schedule'),
  suspend: acted(flag, 'true: nothing is run'),
  concurrencyPolicy: harmless(choice('Allow', 'Forbid', 'Replace'), ONE_RUN),
  failedJobsHistoryLimit: harmless(count, ONE_RUN),
  startingDeadlineSeconds: harmless(integer, ONE_RUN),
  successfulJobsHistoryLimit: harmless(count, ONE_RUN),
  timeZone: acted(timeZone, "of the schedule, with --schedule; default: this machine's"),
});

/** k8s.io/api/batch/v1/types.go */
export const CronJob = object('CronJob', {
  apiVersion,
  kind,
  metadata: acted(ObjectMeta),
  spec: required(CronJobSpec),
  status,
});

export type CronJobFields = Read<typeof CronJob>;
