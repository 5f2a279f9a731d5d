import { letGo } from '../pod/make-pods.ts';
import { takeDown } from '../pod/take-down.ts';
import type { OwnedPod } from '../pod/up.ts';
import { syncServices } from '../service/sync.ts';
import type { PodPlan } from '../spec/workload-spec.ts';
import { followOutput } from './follow-output.ts';
import { type GlobalOptions, printNotice } from './globals.ts';
import { stillRunning } from './pods-at-work.ts';
import { withProgress } from './progress.ts';
import type { Session } from './session.ts';

/** In the foreground: prints the output of pods until they end or a signal arrives, then takes them down. */
export async function followUntilEnd(
  session: Session,
  made: readonly OwnedPod[],
  plans: readonly PodPlan[],
  globals: GlobalOptions,
): Promise<number> {
  const { host, root } = session;
  const all = new Map(made.map((owned) => [owned.pod.intent.name, owned]));
  const end = (names: readonly string[], ending?: () => Promise<void>) =>
    withProgress(async (say) => {
      say(() => `taking down ${names.join(', ')}${stillRunning(root, names)}`);
      await takeDown(host, root, names, { ...(ending && { ending }) });
      for (const name of names) {
        const owned = all.get(name);
        all.delete(name);
        if (owned) await letGo(owned);
      }
    });
  const jobs = jobsOf(plans.filter(({ spec }) => all.has(spec.name)));
  const failed = await followOutput(
    root,
    [...all.keys()],
    {
      stopped: () => host.interrupts.raised !== undefined,
      async takeEnded(ended) {
        const due = jobs.flatMap((job) => (isDue(job, ended) ? job.pods : []));
        if (due.length > 0) {
          printNotice(`taking down ${due.join(', ')}: the Job has finished`);
          await end(due, () => syncServices(host, root));
        }
        return due;
      },
    },
    globals.color,
  );
  const names = [...all.keys()];
  printNotice(`taking down ${names.join(', ')}`);
  await end(names);
  host.interrupts.check();
  return failed ? 1 : 0;
}

/** A Job whose pods do not stay until the end of the command, if others run longer. */
interface MortalJob {
  readonly ttl: number;
  readonly pods: readonly string[];
  /** When it was first seen that it has finished. */
  finished?: number | undefined;
  isGone?: boolean;
}

function jobsOf(plans: readonly PodPlan[]): MortalJob[] {
  const jobs = new Map<string, { ttl: number; pods: string[] }>();
  for (const { name, job } of plans.map(({ spec }) => spec)) {
    if (job?.ttl === undefined) continue;
    const known = jobs.get(job.name) ?? { ttl: job.ttl, pods: [] };
    known.pods.push(name);
    jobs.set(job.name, known);
  }
  return [...jobs.values()];
}

function isDue(job: MortalJob, ended: readonly string[]): boolean {
  const hasFinished = !job.isGone && job.pods.every((pod) => ended.includes(pod));
  job.finished = hasFinished ? (job.finished ?? performance.now()) : undefined;
  job.isGone ||= job.finished !== undefined && performance.now() - job.finished >= job.ttl * 1000;
  return hasFinished && job.isGone;
}
