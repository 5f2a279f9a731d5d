import t from 'tap';
import { requires } from '../requires.ts';
import { onFreshHost } from './host.ts';

const DENY_ALL = JSON.stringify({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { name: 'deny-all' },
  spec: { podSelector: {} },
});

if (requires(t, 'root', 'ip', 'nft')) {
  t.test('records that were removed or damaged by hand', (t) =>
    onFreshHost(t, async ({ must, nslab, sh }) => {
      await must(['hold', 'web']);
      await must(['up', '-d', '-f', '-'], { input: DENY_ALL });
      const tables = () => sh('nft list tables | grep -c nslab_pol || true');
      await sh('nft add table ip nslab_pol_other');
      await must(['gc']);
      t.equal(await tables(), '2\n', 'what is on record stays (control)');
      await sh('rm -r /run/nslab/policies');
      t.match(await must(['gc']), /^removed table ip nslab_pol_\w+: its record was removed$/m);
      t.equal(await tables(), '1\n', 'and only what bears the mark goes');
      await sh('nft delete table ip nslab_pol_other');
      await must(['up', '-d', '-f', '-'], { input: DENY_ALL });
      await sh('nft flush ruleset');
      await must(['sync']);
      t.equal(await tables(), '1\n', 'rules that another program has flushed are made again');
      await sh('echo "{" >/run/nslab/policies/default.deny-all.json');
      t.match(await nslab(['policy', 'ls']), {
        status: 1,
        stderr:
          /the record of a NetworkPolicy cannot be used: .*\n.*rm \/run\/nslab\/policies\/default\.deny-all\.json/,
      });
      t.match(await must(['ps', '-o', 'wide']), /^web +pause/m, 'its pods are shown all the same');
      await sh('rm /run/nslab/policies/default.deny-all.json');
      await must(['gc']);
      t.equal(await tables(), '0\n');
      await must(['down', '--all']);
    }),
  );

  t.test('down --all takes policies and labels of namespaces', (t) =>
    onFreshHost(t, async ({ must, sh }) => {
      const namespace =
        '{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"shop","labels":{"team":"red"}}}';
      await must(['hold', 'web']);
      await must(['up', '-d', '-f', '-'], { input: `${namespace}\n---\n${DENY_ALL}` });
      t.equal(
        await sh('ls /run/nslab/policies'),
        '@shop.json\ndefault.deny-all.json\n',
        'both are on record (control)',
      );
      await must(['down', '--all']);
    }),
  );
}
