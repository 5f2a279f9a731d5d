import { setTimeout as sleep } from 'node:timers/promises';
import { OperationError } from '../sys/errors.ts';
import type { Interrupts } from '../sys/interrupts.ts';
import { lastLine } from './last-line.ts';
import { type PodProgress, podProgress } from './pod-status.ts';
import { readMaybePod } from './store.ts';
import { isActive, readWorkloads, surveyWorkloads } from './workload-record.ts';

/** Receives what is waited for, when that changes. */
export type Tell = (line: string) => void;

/**
 * Waits until each of these pods is ready, or has done its work. Without any lock: everything may be done to them meanwhile.
 * Throws at the first that cannot become ready any more, and after `patience` milliseconds; the pods stay as they are.
 */
export async function waitForPods(
  host: { readonly interrupts: Pick<Interrupts, 'check' | 'race'> },
  root: string,
  names: readonly string[],
  patience: number,
  tell: Tell,
): Promise<void> {
  const end = performance.now() + patience;
  for (const name of names) {
    let told = '';
    for (let pause = 5; ; pause = Math.min(pause * 1.5, 200)) {
      host.interrupts.check();
      const { word, outcome, ready, containers } = progressOf(root, name);
      if (outcome === 'ready' || outcome === 'succeeded') break;
      if (outcome === 'failed')
        throw new OperationError(`pod "${name}" has failed: ${word}`, {
          code: 'ERR_POD_FAILED',
          ...hint(root, name),
        });
      const state = `${word}, ${ready}/${containers} ready`;
      if (performance.now() > end)
        throw new OperationError(`pod "${name}" is not ready after ${patience / 1000} s: ${state}`, {
          code: 'ERR_TIMEOUT',
          ...hint(root, name),
        });
      if (told !== '' && told !== state) tell(`pod "${name}": ${state}`);
      told = state;
      await host.interrupts.race(sleep(pause));
    }
  }
}

/** What a pod that is being initialized waits for, with the last line that it has written. */
export function waitsFor(
  root: string,
  name: string,
): { readonly what: string; readonly line: string } | undefined {
  const pod = readMaybePod(root, name);
  if (!pod) return undefined;
  const current = readWorkloads(pod.files).find(
    (workload) =>
      workload.spec.phase !== undefined &&
      isActive(workload) &&
      (workload.spec.phase === 'init'
        ? workload.status.state !== 'created'
        : workload.process && !workload.status.started),
  );
  if (!current) return undefined;
  const seconds = Math.round((Date.now() - current.status.startedAt) / 1000);
  const words = lastLine(current.files.log);
  const kind = current.spec.phase === 'init' ? 'init container' : 'sidecar';
  const what = `${kind} "${name}/${current.name}"`;
  return { what, line: `waiting for ${what} (${seconds} s)${words === undefined ? '' : `: ${words}`}` };
}

function progressOf(root: string, name: string): PodProgress {
  const pod = readMaybePod(root, name);
  if (!pod || pod.status?.terminating)
    throw new OperationError(`pod "${name}" was taken down`, { code: 'ERR_POD_NOT_FOUND' });
  return podProgress(surveyWorkloads(pod.files));
}

/** The last words of what has failed. */
function hint(root: string, name: string): { readonly hint: string } {
  const pod = readMaybePod(root, name);
  const workloads = pod ? readWorkloads(pod.files) : [];
  const broken = workloads.find(({ status }) => status.state === 'failed' || status.code !== 0);
  const words = broken && lastLine(broken.files.log);
  if (!broken || words === undefined)
    return { hint: `see \`nslab ps -a\` and \`nslab logs ${name}/CONTAINER\`` };
  return { hint: `the last words of ${name}/${broken.name} were: ${words}` };
}
