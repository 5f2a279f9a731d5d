import type { StoredSpec } from '../pod/workload-record.ts';
import { capabilityNames, isEveryCapability } from '../spec/capabilities.ts';

/** What is left of root's powers when a manifest says nothing: a variable of the script. */
export const DOCKERS_FOURTEEN = `fourteen=${boundingSet()}`;

/** Whom a workload runs as and what it may do, as setpriv(1) says it. */
export function rightsOf({ userIds, privileged, capabilities, mayGainPrivileges }: StoredSpec): string {
  const { uid, gid, groups } = userIds;
  return [
    `--reuid ${uid} --regid ${gid} ${groups.length > 0 ? `--groups ${groups.join(',')}` : '--clear-groups'}`,
    ...(privileged ? [] : [`--inh-caps=-all --ambient-caps=-all --bounding-set=${setOf(capabilities)}`]),
    ...(privileged || mayGainPrivileges ? [] : ['--no-new-privs']),
  ].join(' \\\n    ');
}

function setOf(capabilities: string | undefined): string {
  const set = boundingSet(capabilities);
  return DOCKERS_FOURTEEN.endsWith(`=${set}`) ? '"$fourteen"' : set;
}

function boundingSet(capabilities?: string): string {
  const names = capabilityNames(capabilities);
  return isEveryCapability(names) ? '+all' : ['-all', ...names.map((name) => `+${name}`)].join(',');
}
