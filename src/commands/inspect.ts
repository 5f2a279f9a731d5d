import { findTarget } from '../pod/target.ts';
import { viewPod, viewWorkload } from '../pod/view.ts';
import { json, yaml } from '../render/output.ts';
import { type GlobalOptions, stateRoot } from './globals.ts';
import { checkFormat } from './output-format.ts';
import { print } from './print.ts';

/** `nslab inspect NAME…`: the records and the state, as an array. */
export async function inspect(
  names: readonly string[],
  options: { output?: string },
  globals: GlobalOptions,
): Promise<number> {
  const format = checkFormat(options.output ?? 'json', ['json', 'yaml']);
  const root = stateRoot(globals);
  const documents = names.map((name) => {
    const { pod, workload } = findTarget(root, name);
    return workload ? viewWorkload(pod, workload) : viewPod(pod);
  });
  print(format === 'json' ? json(documents) : await yaml(documents));
  return 0;
}
