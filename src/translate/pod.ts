import type { ContainerFields, PodManifest, Reading } from '../manifest/read.ts';
import { checkName } from '../spec/names.ts';
import type { PodSpec, ShareKind } from '../spec/pod-spec.ts';
import type { Origin, PodPlan, WorkloadSpec } from '../spec/workload-spec.ts';
import { InputError } from '../sys/errors.ts';
import { imageFile, workloadOf } from './container.ts';
import { type Image, imageName } from './images/image.ts';
import { etcOf, portsOf, shareOf, sysctlsOf } from './pod-settings.ts';
import { refuseMissingProgram } from './programs.ts';
import { type Facts, hostAddress, nodeName } from './runtime-facts.ts';
import { volumesOf } from './volumes.ts';

export interface TranslateOptions {
  readonly network?: string | undefined;
  readonly allowHostPath: boolean;
  readonly catalog: ReadonlyMap<string, Image>;
}

/** Translates a pod of Kubernetes, and refuses what this machine cannot do. Nothing is touched. */
export function planPod(
  manifest: PodManifest,
  reading: Pick<Reading, 'configMaps' | 'secrets'>,
  wishes: TranslateOptions,
  uid: string,
): PodPlan {
  const { spec } = manifest;
  const name = checkName('pod', manifest.name);
  const share = shareOf(manifest);
  const facts = { podIP: '0.0.0.0', hostIP: '0.0.0.0', nodeName: nodeName(), uid };
  const volumes = volumesOf(manifest, { manifest, reading, facts }, wishes);
  const origins = originsOf(name, spec, share);
  const translate = (known: Facts) =>
    containersOf(manifest).map(([path, container]) =>
      workloadOf(container, path, {
        manifest,
        reading,
        facts: known,
        volumes,
        origins,
        catalog: wishes.catalog,
      }),
    );
  check(manifest, translate(facts), wishes.catalog);
  return {
    spec: {
      name,
      network: spec.hostNetwork ? 'host' : (wishes.network ?? 'default'),
      share,
      ...etcOf(manifest, share),
      ports: portsOf(manifest),
      ...sysctlsOf(manifest, share),
      ...(volumes.memory.length > 0 && { volumes: volumes.memory }),
      files: [...volumes.files, ...imageFiles(manifest, wishes.catalog)],
      manifest: described(manifest),
    },
    workloads(address, gateway) {
      const hostIP = hostAddress(gateway);
      return translate({ ...facts, hostIP, podIP: address ?? (spec.hostNetwork ? hostIP : '127.0.0.1') });
    },
  };
}

/** Every container with its place in the spec: those that begin first, first. */
function containersOf({ spec }: PodManifest): [path: string, container: ContainerFields][] {
  const all = (list: 'initContainers' | 'containers') =>
    (spec[list] ?? []).map((container, index): [string, ContainerFields] => [`${list}[${index}]`, container]);
  return [...all('initContainers'), ...all('containers')];
}

function check(
  manifest: PodManifest,
  workloads: readonly WorkloadSpec[],
  catalog: ReadonlyMap<string, Image>,
): void {
  for (const [index, [path, container]] of containersOf(manifest).entries()) {
    const workload = workloads[index];
    const reference = container.image;
    checkName('workload', container.name);
    if (workload?.command.some((word) => word.includes('\0')))
      throw new InputError(`${manifest.locate(path)}: a NUL cannot be passed to a program`);
    if (workload)
      refuseMissingProgram(workload, reference, catalog.get(imageName(reference)), manifest.locate(path));
  }
}

/** What is not the pod's own is the host's; pid is each container's own unless it is shared. */
function originsOf(
  pod: string,
  { hostPID }: PodManifest['spec'],
  share: readonly ShareKind[],
): Record<ShareKind, Origin> {
  const from = (kind: ShareKind): Origin => (share.includes(kind) ? { of: pod } : 'host');
  // A pod in the host's network is joined as such: its names (/etc/hosts) are its own all the same.
  return {
    net: { of: pod },
    ipc: from('ipc'),
    uts: from('uts'),
    pid: share.includes('pid') ? { of: pod } : hostPID ? 'host' : 'new',
  };
}

function imageFiles(
  manifest: PodManifest,
  catalog: ReadonlyMap<string, Image>,
): NonNullable<PodSpec['files']> {
  const names = new Set(containersOf(manifest).map(([, { image }]) => imageName(image)));
  return [...names].flatMap((name) =>
    Object.entries(catalog.get(name)?.files ?? {}).map(([target, content]) => ({
      path: imageFile(name, target),
      content,
      mode: content.startsWith('#!') ? 0o755 : 0o644,
    })),
  );
}

/** What `inspect` shows, and what the next `up` of the same name is held against. */
function described({ kind, name, namespace, labels, annotations, spec }: PodManifest): object {
  return { kind, metadata: { name, namespace, labels, annotations }, spec };
}
