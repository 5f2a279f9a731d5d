import { isOptionalLimit } from '../pod/limits.ts';
import type { Story, Told } from './scripted-pod.ts';
import { block, shellFunction } from './shell-blocks.ts';

/** The end of the control groups that keep workloads to their limits; nothing where none has any. */
export function limitSteps({ workloads }: Story): string[] {
  const paths = workloads.flatMap(({ spec }) => spec.limitGroups.map(({ path }) => path));
  if (paths.length === 0) return [];
  return [
    shellFunction(
      'remove_limits',
      paths.map((path) => `remove_group ${path} || return`),
    ),
    REMOVE_GROUP,
  ];
}

/** The lines by which a workload makes its control groups and enters them, before all else that it does. */
export function limitsOf({ limitGroups }: Told['spec']): string[] {
  return limitGroups.flatMap(({ path, settings }) => [
    `mkdir -p ${path}`,
    ...settings.map(([file, value]) => {
      const write = `echo ${value} >${path}/${file}`;
      return isOptionalLimit(file) ? `[ ! -e ${path}/${file} ] || ${write}` : write;
    }),
    `echo 0 >${path}/cgroup.procs`,
  ]);
}

const REMOVE_GROUP = block(`
# remove_group PATH: a control group goes when nobody is in it any more, which may take a moment.
remove_group() {
  patience=100
  while [ -d "$1" ] && ! rmdir "$1" 2>/dev/null; do
    [ "$patience" -gt 0 ] || return
    patience=$((patience - 1))
    sleep 0.02
  done
}`);
