import { type Content, type Contents, contentsOf, inNamespace } from './content.ts';
import { Diagnostics, type FieldNotice, type UnsupportedNotice } from './diagnostics.ts';
import { readDocuments, type Source } from './document.ts';
import { type EndpointsManifest, endpointsOf } from './endpoints.ts';
import { manifestsOf } from './manifests.ts';
import { type PodManifest, podsOf } from './pods.ts';
import { type NamespaceManifest, namespacesOf, type PolicyManifest, policiesOf } from './policies.ts';
import { sharedClaims } from './rules/claims.ts';
import { checkReferences } from './rules/references.ts';
import { type ServiceManifest, servicesOf } from './services.ts';
import { templateOf } from './template.ts';

export type { Content, Lookup } from './content.ts';
export { inNamespace } from './content.ts';
export type { FieldNotice } from './diagnostics.ts';
export type { Source } from './document.ts';
export type { ContainerFields } from './kinds/container.ts';
export type { LifecycleFields, ProbeFields } from './kinds/handlers.ts';
export type { VolumeFields } from './kinds/volume.ts';
export { ManifestError } from './manifest-error.ts';
export type { PodManifest } from './pods.ts';

/** The checked content of all manifests. */
export interface ManifestSet {
  /** In the order of the text. A Deployment with several replicas is several pods: `name-0`, `name-1`, … */
  readonly pods: readonly PodManifest[];
  /** By qualified name, like the next. */
  readonly configMaps: ReadonlyMap<string, Content>;
  readonly secrets: ReadonlyMap<string, Content>;
  readonly services: readonly ServiceManifest[];
  /** For Services without a selector. */
  readonly endpoints: readonly EndpointsManifest[];
  readonly policies: readonly PolicyManifest[];
  readonly namespaces: readonly NamespaceManifest[];
  /** What nslab accepts and Kubernetes refuses: `file:line:column: …`. */
  readonly warnings: readonly string[];
  /** What a manifest asks for and is done otherwise: `file:line:column: …`. */
  readonly notes: readonly string[];
  /** Fields without meaning on one machine. */
  readonly ignored: readonly FieldNotice[];
  /** Fields that nslab does not support. Only with `ignoreUnsupported`: else they are errors. */
  readonly unsupported: readonly UnsupportedNotice[];
}

export interface ReadOptions {
  readonly ignoreUnsupported: boolean;
  /** Of what names none. Default: `default`. */
  readonly namespace?: string | undefined;
  /** Claims are on this machine's disk: pods share them. Default: each pod has memory of its own. */
  readonly keepsClaims?: boolean;
  /** CronJobs are run when they are due. Default: once, now. */
  readonly bySchedule?: boolean;
}

/**
 * Reads Kubernetes manifests: the kinds that declare pods, the ConfigMaps and Secrets that these refer to, Services and
 * NetworkPolicies. Throws a
 * ManifestError with all faults of all sources.
 */
export function readManifests(
  sources: readonly Source[],
  { ignoreUnsupported, namespace, keepsClaims = false, bySchedule = false }: ReadOptions,
): ManifestSet {
  const diagnostics = new Diagnostics(ignoreUnsupported);
  const manifests = sources
    .flatMap((source, number) => readDocuments(source, number, diagnostics))
    .flatMap((document) => manifestsOf(document, diagnostics));
  const configMaps = contentsOf('ConfigMap', manifests, namespace);
  const secrets = contentsOf('Secret', manifests, namespace);
  const templates = manifests
    .map((each) => templateOf(each, namespace))
    .filter((template) => template !== undefined);
  // What a document with a syntax error would have declared is not missing.
  if (!diagnostics.hasSyntaxErrors)
    for (const { namespace, spec, report } of templates) {
      const sources = {
        configMaps: inNamespace(configMaps, namespace),
        secrets: inNamespace(secrets, namespace),
      };
      checkReferences(spec, sources, report);
    }
  const pods = podsOf(templates);
  const services = servicesOf(manifests, namespace);
  const endpoints = endpointsOf(manifests, namespace);
  const policies = policiesOf(manifests, namespace);
  const namespaces = namespacesOf(manifests);
  diagnostics.throwIfWrong();
  const { warnings, notes, ignored, unsupported } = diagnostics;
  return {
    pods,
    configMaps: known(configMaps),
    secrets: known(secrets),
    services,
    endpoints,
    policies,
    namespaces,
    warnings,
    notes: [...notes, ...(keepsClaims ? [] : claimNotes(pods)), ...(bySchedule ? [] : scheduleNotes(pods))],
    ignored,
    unsupported,
  };
}

function claimNotes(pods: readonly PodManifest[]): string[] {
  return [...sharedClaims(pods)].map(
    ([claim, users]) =>
      `${users[0]?.where}: claim "${claim}": each of the ${users.length} pods that use it has memory of its own`,
  );
}

function scheduleNotes(pods: readonly PodManifest[]): string[] {
  const lines = pods.flatMap(({ where, schedule }) =>
    schedule === undefined
      ? []
      : `${where}: CronJob: one run now, and none by its schedule (${schedule}): --schedule is for that`,
  );
  return [...new Set(lines)];
}

function known(contents: Contents): ReadonlyMap<string, Content> {
  return new Map([...contents].flatMap(([name, content]) => (content ? [[name, content] as const] : [])));
}
