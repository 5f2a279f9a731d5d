import type { ContainerFields, PodManifest } from '../../manifest/read.ts';
import type { PodSpec } from '../../spec/pod-spec.ts';
import { DEFAULT_GRACE, type WorkloadSpec } from '../../spec/workload-spec.ts';
import { type Image, imageName } from '../../translate/images/image.ts';
import { memoryInDockersWords, mountsInDockersWords, type VolumePlaces } from './volumes.ts';

/** What is translated: a pod as its manifest has it, and as we would make it. */
export interface Translated {
  readonly manifest: PodManifest;
  readonly spec: PodSpec;
  readonly workloads: readonly WorkloadSpec[];
  readonly catalog: ReadonlyMap<string, Image>;
  readonly places: VolumePlaces;
}

/** A pod as Docker is told of it. */
export interface InDockersWords {
  /** What `docker` is told before there is any container: the volumes in memory. */
  readonly volumes: readonly (readonly string[])[];
  /** The one that keeps the namespaces first. */
  readonly containers: readonly Container[];
  readonly leftOut: readonly string[];
}

/** One container: what `docker run` is told of it, before and after the image. */
export interface Container {
  /** `pause`, or its name in the manifest. */
  readonly role: string;
  readonly options: readonly string[];
  /** The program of this machine that the image is made of; undefined: pause. */
  readonly image: string | undefined;
  readonly command: readonly string[];
  /** Where it has volumes of its manifest. */
  readonly targets: readonly string[];
}

/**
 * A pod of Kubernetes in Docker's words, as the article does it by hand: one container keeps the namespaces, the others
 * join it. What Docker has no word for is told, and not done.
 */
export function inDockersWords(pod: Translated, run: string, label: string): InDockersWords {
  const { manifest, workloads } = pod;
  const leftOut: string[] = [];
  const fields = new Map((manifest.spec.containers ?? []).map((each) => [each.name, each]));
  const joiners = workloads.flatMap((workload) => {
    const field = fields.get(workload.name);
    if (!field) {
      leftOut.push(`container "${workload.name}" begins before the others: Docker has no order of start`);
      return [];
    }
    return [joiner(pod, workload, field, `pause-${run}`, leftOut)];
  });
  const volumes = (pod.spec.volumes ?? []).map((volume) => memoryInDockersWords(volume, label, pod.places));
  return { volumes, containers: [keeper(pod), ...joiners], leftOut };
}

/** What the pod as a whole has is given to the one that keeps it. */
function keeper({ spec, manifest }: Translated): Container {
  const { hostNetwork, hostIPC, hostPID, hostname } = manifest.spec;
  const options = [
    ...(hostNetwork ? ['--network=host'] : []),
    hostIPC ? '--ipc=host' : '--ipc=shareable',
    ...(hostPID ? ['--pid=host'] : []),
    ...(hostname ? [`--hostname=${hostname}`] : []),
    ...(spec.ports ?? []).map(
      ({ hostPort, podPort, protocol }) => `--publish=${hostPort}:${podPort}/${protocol}`,
    ),
    ...(spec.hostAliases ?? []).flatMap(({ ip, hostnames }) =>
      hostnames.map((name) => `--add-host=${name}:${ip}`),
    ),
    ...resolver(spec),
    ...Object.entries(spec.sysctls ?? {}).map(
      ([path, value]) => `--sysctl=${path.replaceAll('/', '.')}=${value}`,
    ),
  ];
  return { role: 'pause', options, image: undefined, command: [], targets: [] };
}

/** A resolver that adds to this host's is what Docker does not have: what is named replaces it. */
function resolver({ resolver: wanted }: PodSpec): string[] {
  const { nameservers = [], searches = [], options = [] } = wanted ?? {};
  return [
    ...nameservers.map((server) => `--dns=${server}`),
    ...searches.map((domain) => `--dns-search=${domain}`),
    ...options.map((option) => `--dns-option=${option}`),
  ];
}

function joiner(
  { spec, manifest, catalog, places }: Translated,
  workload: WorkloadSpec,
  field: ContainerFields,
  donor: string,
  leftOut: string[],
): Container {
  const { hostIPC, hostPID } = manifest.spec;
  const { add = [], drop = [] } = field.securityContext?.capabilities ?? {};
  const shared = spec.share?.includes('pid');
  const say = (what: string) => leftOut.push(`container "${field.name}": ${what}`);
  const mounts = mountsInDockersWords(workload.volumes ?? [], places, say);
  if (workload.errands?.length)
    say('its probes and hooks: of these Docker has a health check alone, which changes nothing');
  const options = [
    `--network=container:${donor}`,
    hostIPC ? '--ipc=host' : `--ipc=container:${donor}`,
    ...(shared ? [`--pid=container:${donor}`] : hostPID ? ['--pid=host'] : []),
    ...mounts.map(({ option }) => option),
    ...variables(field, say),
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

/** A value that comes from elsewhere may be a secret, or of the pod alone: its name is enough for a comparison. */
function variables({ env = [], envFrom = [] }: ContainerFields, say: (what: string) => void): string[] {
  if (envFrom.length > 0) say('its variables of a ConfigMap or Secret as a whole');
  return env.map(({ name, value }) => {
    if (value !== undefined) return `--env=${name}=${value}`;
    say(`what ${name} says, which comes from elsewhere`);
    return `--env=${name}=`;
  });
}
