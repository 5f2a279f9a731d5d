import type { ContainerFields } from '../kinds/container.ts';
import type { PodFields } from '../kinds/pod.ts';

/** All containers of a pod, and where each stands. */
export function containersOf(spec: PodFields): readonly Standing[] {
  const standing = (list: 'initContainers' | 'containers'): Standing[] =>
    (spec[list] ?? []).map((container, index) => ({
      container,
      path: [list, index],
      init: list !== 'containers',
    }));
  return [...standing('initContainers'), ...standing('containers')];
}

export interface Standing {
  readonly container: ContainerFields;
  readonly path: readonly [string, number];
  readonly init: boolean;
}
