import type { ContainerFields, PodManifest } from '../manifest/read.ts';
import { boundingSet } from '../spec/capabilities.ts';
import type { WorkloadSpec } from '../spec/workload-spec.ts';
import { InputError } from '../sys/errors.ts';

type Rights = Pick<
  WorkloadSpec,
  'user' | 'groups' | 'privileged' | 'capabilities' | 'noNewPrivileges' | 'readOnlyRoot'
>;

/** The user and privileges of a container. Its own securityContext takes precedence over the pod's. */
export function rightsOf(container: ContainerFields, path: string, { spec, locate }: PodManifest): Rights {
  const { securityContext: pod = {} } = spec;
  const { securityContext: own = {} } = container;
  const uid = own.runAsUser ?? pod.runAsUser;
  const gid = own.runAsGroup ?? pod.runAsGroup;
  if ((own.runAsNonRoot ?? pod.runAsNonRoot) && (uid ?? 0) === 0) {
    // The kubelet's message. Here every image runs as root unless runAsUser is set.
    throw new InputError(
      `${locate(path)}: container has runAsNonRoot and image will run as root (container: ${container.name})`,
      { hint: 'set runAsUser' },
    );
  }
  const groups = [...(pod.supplementalGroups ?? []), ...(pod.fsGroup === undefined ? [] : [pod.fsGroup])];
  const changed = own.capabilities?.add?.length || own.capabilities?.drop?.length;
  return {
    ...((uid !== undefined || gid !== undefined) && {
      user: gid === undefined ? `${uid}` : `${uid ?? 0}:${gid}`,
    }),
    ...(groups.length > 0 && { groups }),
    ...(own.privileged && { privileged: true }),
    ...(changed && {
      capabilities: boundingSet(own.capabilities ?? {}, (name) => {
        throw new InputError(`${locate(`${path}.securityContext.capabilities`)}: no capability "${name}"`, {
          hint: 'capabilities(7) lists them; Kubernetes leaves out "CAP_"',
        });
      }),
    }),
    ...(own.allowPrivilegeEscalation === false && { noNewPrivileges: true }),
    ...(own.readOnlyRootFilesystem && { readOnlyRoot: true }),
  };
}
