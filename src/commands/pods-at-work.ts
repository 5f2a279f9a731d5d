import { podFiles } from '../pod/store.ts';
import { isActive, surveyWorkloads } from '../pod/workload-record.ts';

/** ` : init container "migrate" runs`, or nothing: what a pod that is being made waits for. */
export function initContainer(root: string, pod: string): string {
  const running = activeIn(root, pod).find(({ phase }) => phase === 'init');
  return running ? `: init container "${running.name}" runs` : '';
}

/** Which workloads of these pods run still, when they are few. */
export function stillRunning(root: string, pods: readonly string[]): string {
  if (pods.length > FEW) return '';
  const names = pods.flatMap((pod) => activeIn(root, pod).map(({ name }) => `${pod}/${name}`));
  return names.length === 0 ? '' : `: ${names.slice(0, FEW).join(', ')} still to end`;
}

/** More records than these are not read again and again. */
const FEW = 20;

function activeIn(
  root: string,
  pod: string,
): { readonly name: string; readonly phase: string | undefined }[] {
  try {
    return surveyWorkloads(podFiles(root, pod)).flatMap((workload) =>
      'lost' in workload || !isActive(workload) ? [] : [{ name: workload.name, phase: workload.spec.phase }],
    );
  } catch {
    // The pod is not there yet, or no longer.
    return [];
  }
}
