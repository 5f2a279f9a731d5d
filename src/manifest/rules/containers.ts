import type { ContainerFields } from '../kinds/container.ts';
import type { PodFields } from '../kinds/pod.ts';

/** All containers of a pod with their paths, init containers first. */
export function containersOf(spec: PodFields): readonly LocatedContainer[] {
  const located = (list: 'initContainers' | 'containers'): LocatedContainer[] =>
    (spec[list] ?? []).map((container, index) => ({
      container,
      path: [list, index],
      init: list !== 'containers',
    }));
  return [...located('initContainers'), ...located('containers')];
}

export interface LocatedContainer {
  readonly container: ContainerFields;
  readonly path: readonly [string, number];
  readonly init: boolean;
}
