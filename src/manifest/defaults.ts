import type { ContainerFields } from './kinds/container.ts';
import type { PodFields } from './kinds/pod.ts';
import type { Report } from './report.ts';

/**
 * Applies the API server's defaults to a pod's spec: replaces deprecated fields and sets the default volume type. Removes
 * the mounts of volumes that were dropped as unsupported. `report` is at the spec.
 */
export function applyDefaults(spec: PodFields, report: Report): PodFields {
  const { serviceAccount, ...rest } = spec;
  const serviceAccountName = rest.serviceAccountName ?? serviceAccount;
  const droppedVolumes = new Set(
    report.droppedFrom(['volumes']).map((volume) => (volume as { name?: unknown }).name),
  );
  const mounted = (list: readonly ContainerFields[], name: string): ContainerFields[] =>
    list.map((container, index) => withoutMounts(container, droppedVolumes, report.at(name, index)));
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
  volumes: ReadonlySet<unknown>,
  report: Report,
): ContainerFields {
  const mounts = container.volumeMounts ?? [];
  const kept = [...mounts.keys()].filter((index) => !volumes.has(mounts[index]?.name));
  if (kept.length === mounts.length) return container;
  report.keepOnly(['volumeMounts'], kept);
  return { ...container, volumeMounts: mounts.filter(({ name }) => !volumes.has(name)) };
}
