import type { StoredSpec } from '../pod/workload-record.ts';
import { capabilityNames, isEveryCapability } from '../spec/capabilities.ts';

/** Docker's default bounding set, as a variable of the script. */
export const DOCKER_CAPABILITIES = `docker_capabilities=${boundingSet()}`;

/** A workload's user, groups and capabilities, as options of setpriv(1). */
export function rightsOf({ userIds, privileged, capabilities, noNewPrivileges }: StoredSpec): string {
  const { uid, gid, groups } = userIds;
  return [
    `--reuid ${uid} --regid ${gid} ${groups.length > 0 ? `--groups ${groups.join(',')}` : '--clear-groups'}`,
    ...(privileged ? [] : [`--inh-caps=-all --ambient-caps=-all --bounding-set=${setOf(capabilities)}`]),
    ...(noNewPrivileges ? ['--no-new-privs'] : []),
  ].join(' \\\n    ');
}

function setOf(capabilities: string | undefined): string {
  const set = boundingSet(capabilities);
  return DOCKER_CAPABILITIES.endsWith(`=${set}`) ? '"$docker_capabilities"' : set;
}

function boundingSet(capabilities?: string): string {
  const names = capabilityNames(capabilities);
  return isEveryCapability(names) ? '+all' : ['-all', ...names.map((name) => `+${name}`)].join(',');
}
