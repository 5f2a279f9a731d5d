import { fileURLToPath } from 'node:url';
import type { Source } from '../manifest/read.ts';
import { policyTitle } from '../spec/policy-spec.ts';
import { serviceTitle } from '../spec/service-spec.ts';
import type { PodPlan } from '../spec/workload-spec.ts';
import { InputError } from '../sys/errors.ts';
import { noticesOf, type PlanOptions, readDeclared } from './declared.ts';
import { readSources } from './sources.ts';

/** The pods that a manifest of a program declares: a text, an object, or the URL of a file. */
export function plansOf(
  manifest: unknown,
  options: PlanOptions,
  warn: (line: string) => void,
  call: string,
): readonly PodPlan[] {
  const { pods, services, policies, plan } = readDeclared(sourcesOf(manifest, call), options, (reading) => {
    for (const notice of noticesOf(reading)) warn(notice);
  });
  const others = [
    ...services.map(serviceTitle),
    ...policies.map((policy) => `NetworkPolicy ${policyTitle(policy)}`),
  ];
  if (others.length > 0) warn(`${call} makes pods: ${others.join(', ')} are served by \`nslab up\``);
  return plan(pods);
}

function sourcesOf(manifest: unknown, call: string): Source[] {
  if (typeof manifest === 'string') return [{ name: 'manifest', text: manifest }];
  if (manifest instanceof URL) {
    if (manifest.protocol !== 'file:')
      throw new InputError(`${call}: ${manifest.href} is not a file: nslab fetches nothing`, {
        hint: 'Pod.fromManifest(await (await fetch(url)).text())',
      });
    return readSources([fileURLToPath(manifest)]);
  }
  if (typeof manifest === 'object' && manifest !== null)
    return [manifest].flat().map((one, index) => ({ name: `manifest[${index}]`, text: JSON.stringify(one) }));
  throw new InputError(`${call}: a manifest is a text, an object or a URL, and no ${typeof manifest}`);
}
