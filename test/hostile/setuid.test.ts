import t from 'tap';
import { words } from '../kernel/evidence.ts';
import { onFreshHost } from '../kernel/host.ts';
import { requires } from '../requires.ts';

// What a set-user-ID program of this machine gives to a workload that is not root: root's capabilities inside the workload's
// bounding set, as in Docker and Kubernetes, and with allowPrivilegeEscalation false nothing.

const BITS = { fourteen: '00000000a80425fb', one: '0000000000000400', none: '0000000000000000' };

/** A copy of grep that belongs to root and has the set-user-ID bit, on the host. */
const PROGRAM = '/tmp/programs/setuid-grep';
const AS_ROOT = [PROGRAM, '-E', '^(Uid|CapEff|CapPrm|CapBnd|NoNewPrivs):', '/proc/self/status'];

const container = (name: string, securityContext: object) => ({
  name,
  image: 'busybox',
  command: AS_ROOT,
  volumeMounts: [{ name: 'programs', mountPath: '/tmp/programs' }],
  securityContext: { runAsUser: 1234, ...securityContext },
});

const POD = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'setuid' },
  spec: {
    restartPolicy: 'Never',
    volumes: [{ name: 'programs', hostPath: { path: '/tmp/programs' } }],
    containers: [
      container('plain', {}),
      container('few', { capabilities: { drop: ['ALL'], add: ['NET_BIND_SERVICE'] } }),
      container('nothing', { capabilities: { drop: ['ALL'] } }),
      container('never', { allowPrivilegeEscalation: false }),
    ],
  },
};

if (requires(t, 'root', 'ip', 'nft', 'busybox')) {
  t.test('a set-user-ID program of the host gives nothing outside the bounding set', (t) =>
    onFreshHost(t, async ({ must, sh }) => {
      await sh(`mkdir -p /tmp/programs; install -o root -g root -m 4755 "$(command -v grep)" ${PROGRAM}`);
      try {
        await must(['up', '-d', '--allow-host-path', '-f', '-'], { input: JSON.stringify(POD) });
        const of = async (name: string): Promise<Map<string, string>> => {
          await must(['wait', `setuid/${name}`]);
          const lines = (await must(['logs', `setuid/${name}`])).trim().split('\n');
          return new Map(lines.map((line) => [line.replace(/:.*/, ''), words(line).slice(1).join(' ')]));
        };
        for (const [name, caps] of Object.entries({
          plain: BITS.fourteen,
          few: BITS.one,
          nothing: BITS.none,
        })) {
          const is = await of(name);
          t.equal(is.get('Uid'), '1234 0 0 0', `${name}: it runs as root (the bit works)`);
          for (const set of ['CapBnd', 'CapPrm', 'CapEff']) t.equal(is.get(set), caps, `${name}: ${set}`);
        }
        const never = await of('never');
        t.equal(never.get('NoNewPrivs'), '1');
        t.equal(never.get('Uid'), '1234 1234 1234 1234', 'with no_new_privs the bit does nothing (control)');
        t.equal(never.get('CapEff'), BITS.none);
        const outside = await sh(
          `setpriv --reuid 1234 --clear-groups ${AS_ROOT.join(' ').replace(/\^\((.*)\):/, "'^($1):'")}`,
        );
        t.notMatch(outside, `CapBnd:\t${BITS.fourteen}`, 'on the host it gives more (control)');
        await must(['down', 'setuid']);
      } finally {
        await sh(`rm -r /tmp/programs`);
      }
    }),
  );
}
