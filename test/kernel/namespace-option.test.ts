import t from 'tap';
import { requires } from '../requires.ts';
import { onFreshHost } from './host.ts';

const service = (namespace: string) =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web', namespace },
    spec: { selector: { app: 'nobody' }, ports: [{ port: 80 }] },
  });

if (requires(t, 'root', 'ip', 'nft', 'dnsmasq')) {
  t.test('-n is the namespace of the names, as with kubectl', (t) =>
    onFreshHost(t, async ({ nslab, must }) => {
      await must(['hold', 'web', 'shop@web']);
      for (const [pod, words] of [
        ['web', ['echo', 'of default']],
        ['shop@web', ['echo', 'of shop']],
      ] as const)
        await must(['run', '-d', '--name', 'w', '--pod', pod, '--', ...words]);
      await must(['up', '-d', '-f', '-'], { input: `${service('default')}\n---\n${service('shop')}` });

      const said = async (...words: string[]) => (await must(words)).trim();
      const shop = ['-n', 'shop'];
      t.equal(await said('wait', ...shop, 'web/w'), '0');
      t.equal(await said('logs', ...shop, 'web/w'), 'of shop');
      t.equal(await said('logs', 'web/w'), 'of default', 'without it, that of the default one (control)');
      t.equal(await said('logs', ...shop, 'shop@web/w'), 'of shop', 'a name that has its namespace keeps it');
      t.equal(await said('logs', '-n', 'default', 'web/w'), 'of default');
      t.equal(await said('exec', ...shop, 'web', 'hostname'), 'web');
      t.match(JSON.parse(await said('inspect', ...shop, 'web')).items, [{ name: 'shop@web' }]);
      t.match(await said('transcript', ...shop, 'web'), /pod "?shop@web|shop@web/);
      t.equal(await said('ps', '-a', '-q', ...shop), 'shop@web\nshop@web/w');
      t.equal(await said('ps', '-a', '-q', ...shop, 'web/w'), 'shop@web/w');
      t.equal(
        (await said('ps', '-a', '-q')).split('\n').length,
        6,
        'else of all, the server of names too (control)',
      );
      t.match(
        await said('ps', '-o', 'wide', ...shop),
        /^POD .* NAMESPACE +SERVICES .*\nshop@web .* shop +- /,
      );
      t.equal(await said('service', 'ls', '-q', ...shop), 'web.shop');
      t.equal(await said('service', 'ls', '-q', ...shop, '-A'), 'web\nkube-dns.kube-system\nweb.shop');
      t.match(JSON.parse(await said('service', 'inspect', ...shop, 'web')).items, [{ namespace: 'shop' }]);
      t.equal(await said('endpoints', '-q', ...shop, 'web'), '');
      t.match(await nslab(['endpoints', '-q', ...shop, 'other']), { status: 1, stderr: /"other\.shop"/ });
      t.equal(await said('restart', ...shop, 'web/w'), 'shop@web/w');
      t.equal(await said('wait', ...shop, 'web/w'), '0');
      t.equal(await said('rm', ...shop, 'web/w'), 'shop@web/w');
      t.match(await nslab(['stop', ...shop, 'web/w']), { status: 1, stderr: /no workload "w"/ });
      t.equal(await said('service', 'rm', ...shop, 'web'), 'web.shop');
      t.match(await nslab(['logs', '-n', 'Shop', 'web']), {
        status: 2,
        stderr: /"Shop" is not a name for a namespace/,
      });
      t.equal(await said('down', ...shop, 'web'), 'shop@web');
      t.equal(await said('logs', 'web/w'), 'of default', 'the other is untouched');
      await must(['down', '--all']);
    }),
  );
}
