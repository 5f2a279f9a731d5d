import { type ContainerFields, inNamespace, type ManifestSet, type PodManifest } from '../manifest/read.ts';
import { checkCommand, checkName, qualifiedName } from '../spec/names.ts';
import type { NetnsName, PodFile, PodSpec, ShareKind } from '../spec/pod-spec.ts';
import type { Origin, PodPlan, WorkloadSpec } from '../spec/workload-spec.ts';
import { InputError } from '../sys/errors.ts';
import { imageFile, workloadOf } from './container.ts';
import { refuseMissingOpenssl } from './handlers.ts';
import { type Image, imageName } from './images/image.ts';
import { etcOf, portsOf, shareOf, sysctlsOf } from './pod-settings.ts';
import { refuseMissingProgram } from './programs.ts';
import { hostAddress, nodeName, type RuntimeFacts } from './runtime-facts.ts';
import { checkTargets } from './targets.ts';
import { volumesOf } from './volumes.ts';

export interface TranslateOptions {
  readonly network?: string | undefined;
  readonly netnsName?: NetnsName | undefined;
  readonly allowHostPath: boolean;
  readonly claims?: string | undefined;
  readonly catalog: ReadonlyMap<string, Image>;
}

/** Translates a Kubernetes pod, and refuses what this machine cannot do. Changes nothing. */
export function planPod(
  manifest: PodManifest,
  all: Pick<ManifestSet, 'configMaps' | 'secrets'>,
  options: TranslateOptions,
  uid: string,
): PodPlan {
  const { spec } = manifest;
  const name = checkName('pod', qualifiedName(manifest.namespace, manifest.name));
  const manifests = {
    configMaps: inNamespace(all.configMaps, manifest.namespace),
    secrets: inNamespace(all.secrets, manifest.namespace),
  };
  const share = shareOf(manifest);
  const facts = { podIP: '0.0.0.0', hostIP: '0.0.0.0', nodeName: nodeName(), uid };
  const volumes = volumesOf(manifest, { manifest, manifests, facts }, options);
  const origins = originsOf(name, spec, share);
  const translate = (known: RuntimeFacts) =>
    containersOf(manifest).map(([path, container]) =>
      workloadOf(container, path, {
        manifest,
        manifests,
        facts: known,
        volumes,
        origins,
        catalog: options.catalog,
      }),
    );
  const files = [...volumes.files, ...imageFiles(manifest, options.catalog)];
  check(manifest, translate(facts), options.catalog, files);
  return {
    spec: {
      name,
      network: spec.hostNetwork ? 'host' : [options.network ?? 'default', ...manifest.attachments],
      ...(options.netnsName && !spec.hostNetwork && { netnsName: options.netnsName }),
      share,
      ...etcOf(manifest, share),
      ports: portsOf(manifest),
      ...sysctlsOf(manifest, share),
      ...(volumes.memory.length > 0 && { volumes: volumes.memory }),
      files,
      manifest: summaryOf(manifest),
      ...(manifest.job && { job: manifest.job }),
    },
    workloads(address, gateway) {
      const hostIP = hostAddress(gateway);
      return translate({ ...facts, hostIP, podIP: address ?? (spec.hostNetwork ? hostIP : '127.0.0.1') });
    },
  };
}

/** Every container with its path in the spec, in start order. */
function containersOf({ spec }: PodManifest): [path: string, container: ContainerFields][] {
  const all = (list: 'initContainers' | 'containers') =>
    (spec[list] ?? []).map((container, index): [string, ContainerFields] => [`${list}[${index}]`, container]);
  return [...all('initContainers'), ...all('containers')];
}

function check(
  manifest: PodManifest,
  workloads: readonly WorkloadSpec[],
  catalog: ReadonlyMap<string, Image>,
  files: readonly PodFile[],
): void {
  for (const [index, [path, container]] of containersOf(manifest).entries()) {
    const workload = workloads[index];
    const reference = container.image;
    checkName('workload', container.name);
    if (!workload) continue;
    const where = manifest.locate(path);
    checkProgram(workload, where);
    checkTargets(workload, files, where);
    refuseMissingOpenssl(workload, where);
    refuseMissingProgram(workload, reference, catalog.get(imageName(reference)), where);
  }
}

/** What execve(2) refuses is refused before anything is made. */
function checkProgram({ command, env }: WorkloadSpec, where: string): void {
  try {
    checkCommand(command, env);
  } catch (error) {
    throw new InputError(`${where}: ${(error as Error).message}`);
  }
}

/** A kind that the pod does not share is the host's. Exception: each container has its own pid namespace by default. */
function originsOf(
  pod: string,
  { hostPID }: PodManifest['spec'],
  share: readonly ShareKind[],
): Record<ShareKind, Origin> {
  const from = (kind: ShareKind): Origin => (share.includes(kind) ? { of: pod } : 'host');
  // With hostNetwork, workloads still join the pod: its /etc/hosts and its record are its own.
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

/** Shown by `inspect`, and compared by the next `up` of the same name. */
function summaryOf({ kind, name, namespace, labels, annotations, spec }: PodManifest): object {
  return { kind, metadata: { name, namespace, labels, annotations }, spec };
}
