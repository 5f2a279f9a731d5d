type Fields = Record<string, unknown>;

/** Repairs a generated manifest where fields depend on each other, so that some manifests are valid. */
export function repaired(kind: string, manifest: Fields): Fields {
  const metadata = { ...(manifest.metadata as Fields), name: 'web' };
  const spec = manifest.spec as Fields;
  if (kind === 'Pod') return { ...manifest, metadata, spec: repairedPod(spec, undefined) };
  if (
    ['Service', 'Endpoints', 'EndpointSlice', 'NetworkPolicy', 'Namespace', 'ConfigMap', 'Secret'].includes(
      kind,
    )
  )
    return { ...manifest, metadata };
  if (kind === 'CronJob') {
    const jobTemplate = spec.jobTemplate as Fields;
    const job = repairedTemplate('Job', jobTemplate.spec as Fields);
    return { ...manifest, metadata, spec: { ...spec, jobTemplate: { ...jobTemplate, spec: job } } };
  }
  return { ...manifest, metadata, spec: repairedTemplate(kind, spec) };
}

function repairedTemplate(kind: string, spec: Fields): Fields {
  const template = spec.template as Fields;
  const fixed = {
    ...template,
    metadata: { ...(template.metadata as Fields), labels: { app: 'web' } },
    spec: repairedPod(template.spec as Fields, kind === 'Job' ? 'Never' : 'Always'),
  };
  if (kind === 'Job') {
    const { completions, parallelism, completionMode, backoffLimitPerIndex, ...rest } = spec;
    return { ...rest, template: fixed };
  }
  const labels = { app: 'web' };
  const selector = kind === 'ReplicationController' ? labels : { matchLabels: labels };
  return { ...spec, selector, template: fixed };
}

function repairedPod(spec: Fields, restartPolicy: string | undefined): Fields {
  const { activeDeadlineSeconds, hostNetwork, dnsPolicy, ...rest } = spec;
  const volumes = list(spec.volumes).map((volume, index): Fields => ({ ...volume, name: `v${index}` }));
  const containers = (name: 'containers' | 'initContainers') =>
    list(spec[name]).map((each, index) =>
      repairedContainer(each, `${name[0]}${index}`, volumes.length, name),
    );
  const initContainers = containers('initContainers');
  const own = containers('containers');
  return {
    ...(optional(rest) as Fields),
    ...(restartPolicy ? { restartPolicy } : { activeDeadlineSeconds: activeDeadlineSeconds ?? 9 }),
    ...(dnsPolicy !== 'None' && dnsPolicy !== undefined && { dnsPolicy }),
    volumes: optional(volumes),
    initContainers,
    containers: own.length > 0 ? own : [{ name: 'only', image: 'a' }],
  };
}

function repairedContainer(container: Fields, name: string, volumes: number, where: string): Fields {
  const { restartPolicy, lifecycle, livenessProbe, readinessProbe, startupProbe, resources, ports, ...rest } =
    container;
  const alive = { lifecycle, livenessProbe, readinessProbe, startupProbe };
  const limits = (resources as Fields | undefined)?.limits as Fields | undefined;
  const mounts = volumes === 0 ? [] : list(container.volumeMounts);
  return {
    ...(optional(rest) as Fields),
    name,
    ports: list(ports).map((port, index) => ({ ...port, name: `a${index}`, hostPort: undefined })),
    resources: limits && {
      limits: Object.fromEntries(Object.entries(limits).filter(([key]) => key === 'cpu')),
    },
    volumeMounts: mounts.map((mount, index) => ({
      ...mount,
      name: `v${index % volumes}`,
      mountPath: `/m${index}`,
    })),
    ...(where === 'containers' &&
      JSON.parse(
        JSON.stringify(alive)
          .replaceAll('"port":"', '"port":80,"was":"')
          .replace(/,"was":"[^"]*"/g, ''),
      )),
  };
}

/** Makes all references optional: the objects that they name do not exist. */
function optional(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(optional);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, inner]) => {
    const fixed = optional(inner);
    return [key, REFERENCES.includes(key) && isMap(fixed) ? { ...fixed, optional: true } : fixed];
  });
  return Object.fromEntries(entries);
}

const REFERENCES = ['configMap', 'secret', 'configMapRef', 'secretRef', 'configMapKeyRef', 'secretKeyRef'];

function isMap(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function list(value: unknown): Fields[] {
  return (value as Fields[] | undefined) ?? [];
}
