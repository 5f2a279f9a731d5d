import t, { type Test } from 'tap';
import { fieldTable } from '../../src/manifest/table.ts';
import { requires } from '../requires.ts';
import { life } from './fields/life.ts';
import { machine } from './fields/machine.ts';
import { place } from './fields/place.ts';
import { type Proof, witness } from './fields/proof.ts';
import { rights } from './fields/rights.ts';
import { told } from './fields/told.ts';
import { afterwards, beforehand, volumes } from './fields/volumes.ts';
import { type KernelHost, onFreshHost } from './host.ts';

/** Every field that is acted on, against the kernel: a manifest that has it, and what is so then. */
const PROOFS: readonly Proof[] = [...told, ...volumes, ...rights, ...place, ...life, ...machine];

t.test('every field that is acted on has a proof, and no proof is of another', async (t) => {
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
    table.includes('Container.tty'),
    'a field that is not acted on is not in the table of those (control)',
  );
});

if (requires(t, 'root', 'ip', 'nft', 'nginx', 'busybox', 'curl')) {
  const only = process.env.NSLAB_PROOF; // one proof, while looking for a fault
  for (const { name, documents, flags = [], check } of PROOFS.filter((each) => !only || each.name === only)) {
    const body = async (t: Test, host: KernelHost): Promise<void> => {
      await host.sh(beforehand);
      const input = documents.map((document) => JSON.stringify(document)).join('\n---\n');
      try {
        await host.must(['up', '-d', ...flags, '-f', '-'], { input });
        await check(t, witness(host));
      } finally {
        // Also of a test that has failed: a control group is the machine's, and would outlive the pretend host.
        await host.must(['down', '--all']);
      }
      await host.sh(afterwards);
      await host.sh('ip neigh flush dev uplink'); // who was asked on the way out
    };
    t.test(name, (t) => onFreshHost(t, (host) => body(t, host), { uplink: true, tmp: true, cgroups: true }));
  }
}
