import type { ContainerFields } from './kinds/container.ts';
import type { PodFields } from './kinds/pod.ts';
import type { Report } from './report.ts';

/**
 * A pod's spec as the API server has it when it has read it: without old names, and with what a volume is when
 * nothing is said. What was left out as unsupported is mounted nowhere. `report` is at the spec.
 */
export function settle(spec: PodFields, report: Report): PodFields {
  const { serviceAccount, ...rest } = spec;
  const serviceAccountName = rest.serviceAccountName ?? serviceAccount;
  const gone = new Set(report.lostFrom(['volumes']).map((volume) => (volume as { name?: unknown }).name));
  const mounted = (list: readonly ContainerFields[], name: string): ContainerFields[] =>
    list.map((container, index) => withoutMounts(container, gone, report.at(name, index)));
  return {
    ...rest,
    ...(serviceAccountName !== undefined && { serviceAccountName }),
    containers: mounted(rest.containers, 'containers'),
    ...(rest.initContainers && { initContainers: mounted(rest.initContainers, 'initContainers') }),
    // pkg/apis/core/v1/defaults.go: SetDefaults_Volume
    ...(rest.volumes && {
      volumes: rest.volumes.map((volume) =>
        Object.keys(volume).length > 1 ? volume : { ...volume, emptyDir: {} },
      ),
    }),
  };
}

function withoutMounts(
  container: ContainerFields,
  gone: ReadonlySet<unknown>,
  report: Report,
): ContainerFields {
  const mounts = container.volumeMounts ?? [];
  const kept = [...mounts.keys()].filter((index) => !gone.has(mounts[index]?.name));
  if (kept.length === mounts.length) return container;
  report.keepOnly(['volumeMounts'], kept);
  return { ...container, volumeMounts: mounts.filter(({ name }) => !gone.has(name)) };
}
