import { findTarget } from '../pod/target.ts';
import { viewPod, viewWorkload } from '../pod/view.ts';
import { json, yaml } from '../render/output.ts';
import { openMembership } from '../service/membership.ts';
import { type GlobalOptions, stateRoot } from './globals.ts';
import { checkFormat } from './output-format.ts';
import { print } from './print.ts';

/** `nslab inspect NAME…`: the records and the state, as a list of pods and workloads. */
export async function inspect(
  names: readonly string[],
  options: { output?: string },
  globals: GlobalOptions,
): Promise<number> {
  const format = checkFormat(options.output ?? 'json', ['json', 'yaml']);
  const root = stateRoot(globals);
  const membershipOf = openMembership(root);
  const items = names.map((name) => {
    const { pod, workload } = findTarget(root, name);
    if (workload) return { kind: 'Workload', ...viewWorkload(pod, workload) };
    return { kind: 'Pod', ...viewPod(pod), ...membershipOf(pod.intent.name) };
  });
  const document = { kind: 'List', items };
  print(format === 'json' ? json(document) : await yaml(document));
  return 0;
}
