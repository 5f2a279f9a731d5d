import { type Content, type Contents, contentsOf } from './content.ts';
import { Diagnostics, type FieldNotice } from './diagnostics.ts';
import { readDocuments, type Source } from './document.ts';
import { manifestsOf } from './manifests.ts';
import { type PodManifest, podsOf } from './pods.ts';
import { checkReferences } from './rules/references.ts';
import { templateOf } from './template.ts';

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
  readonly configMaps: ReadonlyMap<string, Content>;
  readonly secrets: ReadonlyMap<string, Content>;
  /** What nslab accepts and Kubernetes refuses: `file:line:column: …`. */
  readonly warnings: readonly string[];
  /** Fields without meaning on one machine. */
  readonly ignored: readonly FieldNotice[];
  /** Fields that nslab does not support. Only with `ignoreUnsupported`: else they are errors. */
  readonly unsupported: readonly FieldNotice[];
}

/**
 * Reads Kubernetes manifests: Pod, Deployment, Job, and the ConfigMaps and Secrets that they refer to. Throws a
 * ManifestError with all faults of all sources.
 */
export function readManifests(
  sources: readonly Source[],
  { ignoreUnsupported }: { readonly ignoreUnsupported: boolean },
): ManifestSet {
  const diagnostics = new Diagnostics(ignoreUnsupported);
  const manifests = sources
    .flatMap((source, number) => readDocuments(source, number, diagnostics))
    .flatMap((document) => manifestsOf(document, diagnostics));
  const configMaps = contentsOf('ConfigMap', manifests);
  const secrets = contentsOf('Secret', manifests);
  const templates = manifests.map(templateOf).filter((template) => template !== undefined);
  for (const { spec, report } of templates) checkReferences(spec, { configMaps, secrets }, report);
  const pods = podsOf(templates);
  diagnostics.throwIfWrong();
  const { warnings, ignored, unsupported } = diagnostics;
  return { pods, configMaps: known(configMaps), secrets: known(secrets), warnings, ignored, unsupported };
}

function known(contents: Contents): ReadonlyMap<string, Content> {
  return new Map([...contents].flatMap(([name, content]) => (content ? [[name, content] as const] : [])));
}
