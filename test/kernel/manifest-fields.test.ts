import t, { type Test } from 'tap';
import { fieldTable } from '../../src/manifest/table.ts';
import { requires } from '../requires.ts';
import { claimsAndInput } from './fields/claims-and-input.ts';
import { commandAndEnv } from './fields/command-and-env.ts';
import { controllers } from './fields/controllers.ts';
import { lifecycle } from './fields/lifecycle.ts';
import { limitsAndTemplates } from './fields/limits-and-templates.ts';
import { namesAndNamespaces } from './fields/names-and-namespaces.ts';
import { networkProbes } from './fields/network-probes.ts';
import { policies } from './fields/policies.ts';
import { type Proof, workloadEvidence } from './fields/proof.ts';
import { security } from './fields/security.ts';
import { services } from './fields/services.ts';
import { afterwards, beforehand, volumes } from './fields/volumes.ts';
import { type KernelHost, onFreshHost } from './host.ts';

/** Every field that is acted on: a manifest with it, and a check of the kernel's facts. */
const PROOFS: readonly Proof[] = [
  ...commandAndEnv,
  ...volumes,
  ...security,
  ...namesAndNamespaces,
  ...lifecycle,
  ...networkProbes,
  ...limitsAndTemplates,
  ...controllers,
  ...claimsAndInput,
  ...services,
  ...policies,
];

t.test('every field that is acted on has a proof, and no other field has one', async (t) => {
  const acted = fieldTable().filter(({ act }) => act === 'acted on');
  const table = acted.map(({ type, field }) => `${type}.${field}`);
  const proved = new Set(PROOFS.flatMap(({ fields }) => fields));
  t.strictSame(
    table.filter((field) => !proved.has(field)),
    [],
    'none is missing',
  );
  t.strictSame(
    [...proved].filter((field) => !table.includes(field)),
    [],
    'none is invented',
  );
  t.notOk(
    table.includes('Container.imagePullPolicy'),
    'a field that is not acted on is not in the table of those (control)',
  );
});

if (requires(t, 'root', 'ip', 'nft', 'nginx', 'busybox', 'curl', 'openssl')) {
  const only = process.env.NSLAB_PROOF; // one proof, while looking for a fault
  for (const { name, documents, flags = [], check } of PROOFS.filter((each) => !only || each.name === only)) {
    const body = async (t: Test, host: KernelHost): Promise<void> => {
      await host.sh(beforehand);
      const input = documents.map((document) => JSON.stringify(document)).join('\n---\n');
      try {
        await host.must(['up', '-d', ...flags, '-f', '-'], { input });
        await check(t, workloadEvidence(host));
      } finally {
        // Also of a test that has failed: a control group is the machine's, and would outlive the pretend host.
        await host.must(['down', '--all']);
      }
      await host.sh(afterwards);
    };
    t.test(name, (t) => onFreshHost(t, (host) => body(t, host), { uplink: true, tmp: true, cgroups: true }));
  }
}
