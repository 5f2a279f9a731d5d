import { type Content, type Contents, contentsOf } from './content.ts';
import { readDocuments, type Source } from './document.ts';
import { Findings, type Note } from './findings.ts';
import { manifestsOf } from './manifests.ts';
import { type PodManifest, podsOf } from './pods.ts';
import { checkReferences } from './rules/references.ts';
import { templateOf } from './template.ts';

export type { Source } from './document.ts';
export type { Note } from './findings.ts';
export type { ContainerFields } from './kinds/container.ts';
export type { LifecycleFields, ProbeFields } from './kinds/handlers.ts';
export type { VolumeFields } from './kinds/volume.ts';
export { ManifestError } from './manifest-error.ts';
export type { PodManifest } from './pods.ts';

/** What manifests say, checked. */
export interface Reading {
  /** In their order. A Deployment of several replicas is as many: `name-0` and on. */
  readonly pods: readonly PodManifest[];
  readonly configMaps: ReadonlyMap<string, Content>;
  readonly secrets: ReadonlyMap<string, Content>;
  /** Tolerated, though Kubernetes refuses it: `file:line:column: …`. */
  readonly warnings: readonly string[];
  /** Fields that are there and mean nothing on one machine. */
  readonly ignored: readonly Note[];
  /** Fields that mean something, which is not done. Only with `ignoreUnsupported`: else they are errors. */
  readonly unsupported: readonly Note[];
}

/**
 * Reads manifests of Kubernetes: Pod, Deployment, Job, and the ConfigMaps and Secrets that they refer to. Throws a
 * ManifestError that names everything that is wrong, in all of them.
 */
export function readManifests(
  sources: readonly Source[],
  { ignoreUnsupported }: { readonly ignoreUnsupported: boolean },
): Reading {
  const findings = new Findings(ignoreUnsupported);
  const manifests = sources
    .flatMap((source, number) => readDocuments(source, number, findings))
    .flatMap((document) => manifestsOf(document, findings));
  const configMaps = contentsOf('ConfigMap', manifests);
  const secrets = contentsOf('Secret', manifests);
  const templates = manifests.map(templateOf).filter((template) => template !== undefined);
  for (const { spec, report } of templates) checkReferences(spec, { configMaps, secrets }, report);
  const pods = podsOf(templates);
  findings.throwIfWrong();
  const { warnings, ignored, unsupported } = findings;
  return { pods, configMaps: known(configMaps), secrets: known(secrets), warnings, ignored, unsupported };
}

function known(contents: Contents): ReadonlyMap<string, Content> {
  return new Map([...contents].flatMap(([name, content]) => (content ? [[name, content] as const] : [])));
}
