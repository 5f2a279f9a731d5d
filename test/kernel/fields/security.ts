import { words } from '../evidence.ts';
import { idle, type Proof, pod } from './proof.ts';

/** The users and privileges of containers. capabilities(7): bit 12 is NET_ADMIN, bit 13 NET_RAW, bit 25 SYS_TIME. */
export const security: readonly Proof[] = [
  {
    name: 'securityContext of a container',
    fields: [
      ...['Container.securityContext', 'SecurityContext.runAsUser', 'SecurityContext.runAsGroup'],
      ...[
        'SecurityContext.capabilities',
        'Capabilities.add',
        'Capabilities.drop',
        'SecurityContext.privileged',
      ],
      ...['SecurityContext.readOnlyRootFilesystem', 'SecurityContext.allowPrivilegeEscalation'],
      'SecurityContext.runAsNonRoot',
    ],
    documents: [
      pod('rights', {
        containers: [
          { ...idle('user'), securityContext: { runAsUser: 1234, runAsGroup: 4321, runAsNonRoot: true } },
          { ...idle('some'), securityContext: { capabilities: { drop: ['ALL'], add: ['NET_ADMIN'] } } },
          { ...idle('more'), securityContext: { capabilities: { add: ['SYS_TIME'], drop: ['NET_RAW'] } } },
          { ...idle('every'), securityContext: { privileged: true } },
          { ...idle('fixed'), securityContext: { readOnlyRootFilesystem: true } },
          { ...idle('gains'), securityContext: { allowPrivilegeEscalation: true } },
          { ...idle('keeps'), securityContext: { allowPrivilegeEscalation: false } },
          idle('plain'),
        ],
      }),
    ],
    async check(t, { status, succeeds, nslab, inside, sh }) {
      const is = async (name: string, key: string, wanted: string, why = '') =>
        t.equal(await status(`rights/${name}`, key), wanted, `${name}: ${key} ${why}`);
      await is('user', 'Uid', '1234 1234 1234 1234');
      await is('user', 'Gid', '4321 4321 4321 4321');
      await is('plain', 'Uid', '0 0 0 0', '(control)');
      await is('some', 'CapBnd', '0000000000001000', 'all dropped, one added');
      await is('some', 'CapEff', '0000000000001000');
      await is('more', 'CapBnd', '00000000aa0405fb', 'one more, one less');
      await is('plain', 'CapBnd', '00000000a80425fb', '(control)');
      const all = words(await sh('grep CapBnd /proc/1/status'))[1] ?? '';
      await is('every', 'CapEff', all, 'privileged: all that this machine gives');
      await is('gains', 'NoNewPrivs', '0');
      await is('keeps', 'NoNewPrivs', '1');
      await is('plain', 'NoNewPrivs', '0', 'the default of Kubernetes (control)');
      for (const place of ['/', '/etc', '/tmp', '/run']) {
        t.notOk(await succeeds('rights/fixed', `touch ${place}/x`), `fixed: ${place} is read-only`);
        t.ok(await succeeds('rights/plain', `touch ${place}/x`), `plain: ${place} is not (control)`);
      }
      t.ok(await succeeds('rights/fixed', 'touch /dev/shm/x'), 'fixed: the shared memory is not');
      t.equal((await nslab(['exec', 'rights/user', 'id', '-u'])).stdout, '1234\n', 'exec: the same user');
      t.match(await inside('rights/plain', 'id -u'), '0', 'nsenter itself runs as root (control)');
      const asRoot = (user: object) =>
        nslab(['up', '-d', '-f', '-'], {
          input: JSON.stringify(
            pod('root', { containers: [{ ...idle('w'), securityContext: { runAsNonRoot: true, ...user } }] }),
          ),
        });
      t.match(await asRoot({}), { status: 2, stderr: /runAsNonRoot and image will run as root/ });
      t.match(await asRoot({ runAsUser: 0 }), { status: 2 }, 'runAsUser 0 is root, too');
    },
  },
  {
    name: 'securityContext of a pod',
    fields: [
      ...['PodSpec.securityContext', 'PodSecurityContext.runAsUser', 'PodSecurityContext.runAsGroup'],
      ...[
        'PodSecurityContext.runAsNonRoot',
        'PodSecurityContext.fsGroup',
        'PodSecurityContext.supplementalGroups',
      ],
      ...['PodSecurityContext.sysctls', 'Sysctl.name', 'Sysctl.value'],
    ],
    documents: [
      pod('whole', {
        securityContext: {
          runAsUser: 1000,
          runAsGroup: 3000,
          runAsNonRoot: true,
          fsGroup: 2000,
          supplementalGroups: [4000, 5000],
          sysctls: [
            { name: 'net.ipv4.ip_unprivileged_port_start', value: '0' },
            { name: 'net.core.somaxconn', value: '77' },
          ],
        },
        volumes: [
          { name: 'v', emptyDir: {} },
          { name: 'own', downwardAPI: { items: [{ path: 'n', fieldRef: { fieldPath: 'metadata.name' } }] } },
        ],
        containers: [
          {
            ...idle('w'),
            volumeMounts: [
              { name: 'v', mountPath: '/v' },
              { name: 'own', mountPath: '/own' },
            ],
          },
          { ...idle('other'), securityContext: { runAsUser: 7 } },
        ],
      }),
      pod('plain', { containers: [idle('w')] }),
    ],
    async check(t, { status, inside, nslab, sh }) {
      t.equal(await status('whole/w', 'Uid'), '1000 1000 1000 1000');
      t.equal(await status('whole/w', 'Gid'), '3000 3000 3000 3000');
      t.equal(await status('whole/w', 'Groups'), '2000 4000 5000');
      t.equal(await status('whole/other', 'Uid'), '7 7 7 7', 'the container’s own value takes precedence');
      t.equal(await status('plain/w', 'Groups'), '', '(control)');
      t.equal(
        await inside('whole/w', 'stat -c "%g %a" /v'),
        '2000 2777',
        'fsGroup: the volume is the group’s',
      );
      t.equal(await inside('whole/w', 'stat -Lc %g /own/n'), '2000');
      const made = await nslab(['exec', 'whole/w', 'sh', '-c', 'touch /v/f; stat -c "%u %g" /v/f']);
      t.equal(made.stdout, '1000 2000\n', 'new files inherit the group');
      const setting = (name: string, pod: string) => sh(`ip netns exec ${pod} cat /proc/sys/net/${name}`);
      for (const [name, wanted] of [
        ['ipv4/ip_unprivileged_port_start', '0\n'],
        ['core/somaxconn', '77\n'],
      ] as const) {
        t.equal(await setting(name, 'whole'), wanted);
        t.not(await setting(name, 'plain'), wanted, `${name} of another pod (control)`);
        t.not(await sh(`cat /proc/sys/net/${name}`), wanted, `${name} of the host (control)`);
      }
      const on = (name: string) =>
        nslab(['up', '-d', '-f', '-'], {
          input: JSON.stringify(
            pod('bad', { securityContext: { sysctls: [{ name, value: '1' }] }, containers: [idle('w')] }),
          ),
        });
      t.match(await on('vm.swappiness'), { status: 2, stderr: /only sysctls of the network namespace/ });
    },
  },
];
