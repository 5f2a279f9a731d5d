import { normalize } from 'node:path';
import { invalidValue, notFound } from '../field-errors.ts';
import type { ContainerFields, MountFields } from '../kinds/container.ts';
import type { PodFields } from '../kinds/pod.ts';
import type { Report } from '../report.ts';

/** Reports what the API server refuses in the mounts of a container. `report` is at the container. */
export function checkMounts({ volumeMounts = [] }: ContainerFields, pod: PodFields, report: Report): void {
  const volumes = new Set(pod.volumes?.map(({ name }) => name));
  const taken = new Set<string>();
  for (const [index, mount] of volumeMounts.entries()) {
    const at = report.at('volumeMounts', index);
    if (!volumes.has(mount.name)) at.fault(['name'], notFound(mount.name));
    if (taken.has(mount.mountPath)) at.fault(['mountPath'], invalidValue(mount.mountPath, 'must be unique'));
    taken.add(mount.mountPath);
    checkPaths(mount, at);
  }
}

function checkPaths({ mountPath, subPath, subPathExpr }: MountFields, report: Report): void {
  if (/^\/*proc(\/|$)/.test(normalize(`/${mountPath}`)))
    report.fault(['mountPath'], invalidValue(mountPath, 'nothing can be mounted over /proc, or below it'));
  if (mountPath.includes(':')) report.fault(['mountPath'], invalidValue(mountPath, "must not contain ':'"));
  checkRelative(subPath, ['subPath'], report);
  checkRelative(subPathExpr, ['subPathExpr'], report);
  if (subPath !== undefined && subPathExpr !== undefined) {
    report.fault(
      ['subPathExpr'],
      invalidValue(subPathExpr, 'subPathExpr and subPath are mutually exclusive'),
    );
  }
}

/** Checks a path that must be relative and must not contain "..". */
export function checkRelative(path: string | undefined, at: readonly string[], report: Report): void {
  if (path?.startsWith('/')) report.fault(at, invalidValue(path, 'must be a relative path'));
  if (path?.split('/').includes('..')) report.fault(at, invalidValue(path, "must not contain '..'"));
}
