import type { ContainerFields, PodManifest } from '../../manifest/read.ts';
import type { PodSpec } from '../../spec/pod-spec.ts';
import { DEFAULT_GRACE, type WorkloadSpec } from '../../spec/workload-spec.ts';
import { type Image, imageName } from '../../translate/images/image.ts';
import { dockerMounts, type VolumeLocations, volumeCreateCommand } from './volumes.ts';

/** A pod to translate: its manifest, and the specs that nslab makes of it. */
export interface TranslatedPod {
  readonly manifest: PodManifest;
  readonly spec: PodSpec;
  readonly workloads: readonly WorkloadSpec[];
  readonly catalog: ReadonlyMap<string, Image>;
  readonly locations: VolumeLocations;
}

/** The same pod as `docker` commands. */
export interface DockerCommands {
  /** Arguments of `docker volume create`, for the volumes in memory. They run before the containers. */
  readonly volumes: readonly (readonly string[])[];
  /** `pause` first. */
  readonly containers: readonly Container[];
  /** What Docker has no option for, one sentence each. */
  readonly leftOut: readonly string[];
}

/** One container: the arguments of `docker run` before and after the image. */
export interface Container {
  /** `pause`, or its name in the manifest. */
  readonly role: string;
  readonly options: readonly string[];
  /** The program of this machine that the image is made of; undefined for `pause`. */
  readonly image: string | undefined;
  readonly command: readonly string[];
  /** Mount points of the manifest's volumes. */
  readonly targets: readonly string[];
}

/**
 * Translates a Kubernetes pod to `docker` commands, as the article does by hand: one container keeps the namespaces, the
 * others join it. What Docker has no option for is listed in `leftOut`.
 */
export function dockerCommands(pod: TranslatedPod, run: string, label: string): DockerCommands {
  const { manifest, workloads } = pod;
  const leftOut: string[] = [];
  const fields = new Map((manifest.spec.containers ?? []).map((each) => [each.name, each]));
  const joiners = workloads.flatMap((workload) => {
    const field = fields.get(workload.name);
    if (!field) {
      leftOut.push(`container "${workload.name}" starts before the others: Docker has no start order`);
      return [];
    }
    return [joiningContainer(pod, workload, field, `pause-${run}`, leftOut)];
  });
  const volumes = (pod.spec.volumes ?? []).map((volume) => volumeCreateCommand(volume, label, pod.locations));
  return { volumes, containers: [pauseContainer(pod), ...joiners], leftOut };
}

/** Options of the whole pod belong to the container that owns the namespaces. */
function pauseContainer({ spec, manifest }: TranslatedPod): Container {
  const { hostNetwork, hostIPC, hostPID, hostname } = manifest.spec;
  const options = [
    ...(hostNetwork ? ['--network=host'] : []),
    hostIPC ? '--ipc=host' : '--ipc=shareable',
    ...(hostPID ? ['--pid=host'] : []),
    ...(hostname ? [`--hostname=${hostname}`] : []),
    ...(spec.ports ?? []).map(
      ({ hostIP, hostPort, podPort, protocol }) =>
        `--publish=${hostIP === undefined ? '' : `${hostIP}:`}${hostPort}:${podPort}/${protocol}`,
    ),
    ...(spec.hostAliases ?? []).flatMap(({ ip, hostnames }) =>
      hostnames.map((name) => `--add-host=${name}:${ip}`),
    ),
    ...resolverOptions(spec),
    ...Object.entries(spec.sysctls ?? {}).map(
      ([path, value]) => `--sysctl=${path.replaceAll('/', '.')}=${value}`,
    ),
  ];
  return { role: 'pause', options, image: undefined, command: [], targets: [] };
}

/** Docker cannot add to the host's resolver: these options replace it. */
function resolverOptions({ resolver }: PodSpec): string[] {
  const { nameservers = [], searches = [], options = [] } = resolver ?? {};
  return [
    ...nameservers.map((server) => `--dns=${server}`),
    ...searches.map((domain) => `--dns-search=${domain}`),
    ...options.map((option) => `--dns-option=${option}`),
  ];
}

function joiningContainer(
  { spec, manifest, catalog, locations }: TranslatedPod,
  workload: WorkloadSpec,
  field: ContainerFields,
  donor: string,
  leftOut: string[],
): Container {
  const { hostIPC, hostPID } = manifest.spec;
  const { add = [], drop = [] } = field.securityContext?.capabilities ?? {};
  const shared = spec.share?.includes('pid');
  const omit = (what: string) => leftOut.push(`container "${field.name}": ${what}`);
  const mounts = dockerMounts(workload.volumes ?? [], locations, omit);
  if (workload.handlers?.length)
    omit('its probes and hooks: Docker has a health check only, which acts on nothing');
  const options = [
    `--network=container:${donor}`,
    hostIPC ? '--ipc=host' : `--ipc=container:${donor}`,
    ...(shared ? [`--pid=container:${donor}`] : hostPID ? ['--pid=host'] : []),
    ...mounts.map(({ option }) => option),
    ...environmentOptions(field, omit),
    ...(workload.cwd ? [`--workdir=${workload.cwd}`] : []),
    ...(workload.user ? [`--user=${workload.user}`] : []),
    ...(workload.groups ?? []).map((group) => `--group-add=${group}`),
    ...add.map((name) => `--cap-add=${name}`),
    ...drop.map((name) => `--cap-drop=${name}`),
    ...(workload.privileged ? ['--privileged'] : []),
    ...(workload.readOnlyRoot ? ['--read-only'] : []),
    ...(field.securityContext?.allowPrivilegeEscalation === false
      ? ['--security-opt=no-new-privileges']
      : []),
    ...(workload.restart && workload.restart !== 'no' ? [`--restart=${workload.restart}`] : []),
    ...(workload.grace === undefined || workload.grace === DEFAULT_GRACE
      ? []
      : [`--stop-timeout=${workload.grace}`]),
    ...(workload.limits?.memory ? [`--memory=${workload.limits.memory}`] : []),
    ...(workload.limits?.cpu ? [`--cpus=${workload.limits.cpu / 1000}`] : []),
  ];
  const known = catalog.get(imageName(field.image));
  const name = known?.isBusybox ? 'busybox' : known ? imageName(field.image) : (workload.command[0] ?? '');
  const targets = mounts.map(({ target }) => target);
  return { role: field.name, options, image: name, command: workload.command, targets };
}

/** A value from a reference may be a secret or differ from pod to pod: only its name is passed. */
function environmentOptions(
  { env = [], envFrom = [] }: ContainerFields,
  omit: (what: string) => void,
): string[] {
  if (envFrom.length > 0) omit('variables from a whole ConfigMap or Secret');
  return env.map(({ name, value }) => {
    if (value !== undefined) return `--env=${name}=${value}`;
    omit(`the value of ${name}, which comes from a reference`);
    return `--env=${name}=`;
  });
}
