import { duplicateValue, invalidValue, requiredValue } from '../field-errors.ts';
import type { PodFields } from '../kinds/pod.ts';
import type { DownwardFileFields, KeyToPathFields, ProjectionFields, VolumeFields } from '../kinds/volume.ts';
import { nanoOf } from '../quantity.ts';
import type { Report } from '../report.ts';
import { checkFieldRef, checkResourceRef } from './downward.ts';
import { checkRelative } from './mounts.ts';
import { checkOne } from './one-of.ts';

/** Reports what the API server refuses in the volumes of a pod. `report` is at its spec. */
export function checkVolumes(pod: PodFields, report: Report): void {
  const seen = new Set<string>();
  for (const [index, volume] of (pod.volumes ?? []).entries()) {
    const at = report.at('volumes', index);
    if (seen.has(volume.name)) at.fault(['name'], duplicateValue(volume.name));
    seen.add(volume.name);
    checkVolume(volume, pod, at);
  }
}

function checkVolume({ name: _name, ...sources }: VolumeFields, pod: PodFields, report: Report): void {
  checkOne(sources, report, VOLUMES);
  const { emptyDir, hostPath, configMap, secret, downwardAPI, projected } = sources;
  if (emptyDir?.sizeLimit !== undefined && (nanoOf(emptyDir.sizeLimit) ?? 0n) < 0n) {
    report.fault(
      ['emptyDir', 'sizeLimit'],
      invalidValue(emptyDir.sizeLimit, 'must be greater than or equal to 0'),
    );
  }
  if (hostPath?.path.split('/').includes('..')) {
    report.fault(['hostPath', 'path'], invalidValue(hostPath.path, "must not contain '..'"));
  }
  checkItems(configMap?.items, report.at('configMap'));
  checkItems(secret?.items, report.at('secret'));
  checkFiles(downwardAPI?.items, pod, report.at('downwardAPI'));
  if (projected) checkProjected(projected.sources ?? [], pod, report.at('projected'));
}

const VOLUMES = { none: 'must specify a volume type', many: 'may not specify more than 1 volume type' };

function checkProjected(sources: readonly ProjectionFields[], pod: PodFields, report: Report): void {
  const taken = new Set<string>();
  for (const [index, source] of sources.entries()) {
    const at = report.at('sources', index);
    checkOne({ ...source }, at, { none: VOLUMES.none, many: VOLUMES.many });
    for (const [name, { items }] of Object.entries(source)) {
      if (name === 'downwardAPI') checkFiles(items as DownwardFileFields[], pod, at.at(name));
      else checkItems(items as KeyToPathFields[], at.at(name));
      for (const [number, { path }] of (items ?? []).entries()) {
        if (taken.has(path)) {
          at.fault([name, 'items', number, 'path'], invalidValue(path, 'conflicting duplicate paths'));
        }
        taken.add(path);
      }
    }
  }
}

function checkItems(items: readonly KeyToPathFields[] = [], report: Report): void {
  for (const [index, { path }] of items.entries()) checkFilePath(path, report.at('items', index));
}

function checkFiles(files: readonly DownwardFileFields[] = [], pod: PodFields, report: Report): void {
  for (const [index, { path, fieldRef, resourceFieldRef }] of files.entries()) {
    const at = report.at('items', index);
    checkFilePath(path, at);
    checkOne({ fieldRef, resourceFieldRef }, at, {
      none: 'one of fieldRef and resourceFieldRef is required',
      many: 'fieldRef and resourceFieldRef can not be specified simultaneously',
    });
    if (fieldRef) checkFieldRef(fieldRef, 'volume', at.at('fieldRef'));
    if (resourceFieldRef) {
      if (resourceFieldRef.containerName === undefined)
        at.fault(['resourceFieldRef', 'containerName'], requiredValue());
      checkResourceRef(resourceFieldRef, pod, at.at('resourceFieldRef'));
    }
  }
}

function checkFilePath(path: string, report: Report): void {
  checkRelative(path, ['path'], report);
  // The kubelet uses such names for the atomic update of a volume's files.
  if (path.startsWith('..') && !path.split('/').includes('..')) {
    report.fault(['path'], invalidValue(path, "must not start with '..'"));
  }
}
