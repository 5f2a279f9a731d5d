import t, { type Test } from 'tap';
import { requires } from '../requires.ts';
import { pidOf } from './evidence.ts';
import { type KernelHost, onFreshHost } from './host.ts';

/** A firewall that drops what is forwarded, and what nslab does with it. */
interface Firewall {
  readonly what: string;
  readonly rules: string;
  /** `FORWARD`, `DOCKER-USER`: the agreed place. Undefined: nothing is changed unless the user asks for it. */
  readonly agreed?: string;
  /** The two lines that are told, up to the subnet. */
  readonly lines?: string;
}

const FORWARD = 'type filter hook forward priority 0; policy';

const FIREWALLS: readonly Firewall[] = [
  {
    what: 'the policy of iptables-nft, as Docker sets it',
    rules: `table ip filter {
      chain FORWARD { ${FORWARD} drop; jump DOCKER-USER; }
      chain DOCKER-USER { return; }
    }`.replace(/; (jump|return)/g, '\n $1'),
    agreed: 'DOCKER-USER',
  },
  {
    what: 'the last rule of iptables-services',
    rules: `table ip filter {
      chain FORWARD { ${FORWARD} accept
        ct state established accept
        counter reject with icmp host-prohibited
      }
    }`,
    agreed: 'FORWARD',
  },
  {
    what: 'a policy in table inet',
    rules: `table inet filter {
      chain forward { ${FORWARD} drop
      }
    }`,
    lines: 'add rule inet filter forward ip',
  },
  {
    what: 'a last rule, as firewalld has it, without firewalld',
    rules: `table inet firewalld {
      chain filter_FORWARD { type filter hook forward priority 10; policy accept
        ct state established,related accept
        jump filter_policies
        reject with icmpx admin-prohibited
      }
      chain filter_policies {
      }
    }`,
    lines: 'insert rule inet firewalld filter_FORWARD position ',
  },
  {
    what: 'a last rule behind a jump',
    rules: `table inet fw {
      chain end {
        log prefix "end"
        counter drop
      }
      chain f { ${FORWARD} accept
        jump end
      }
    }`,
    lines: 'insert rule inet fw f position ',
  },
  {
    what: 'a policy in a table of another name',
    rules: `table ip fw {
      chain f { ${FORWARD} drop
      }
    }`,
    lines: 'add rule ip fw f ip',
  },
];

/** What drops nothing that is forwarded, or not all of it. */
const HARMLESS = `
  table inet filter {
    chain input { type filter hook input priority 0; policy drop
      iifname "lo" accept
      ct state established,related accept
      meta l4proto icmp accept
    }
    chain forward { ${FORWARD} accept
      ip daddr 192.0.2.0/24 drop
    }
  }
  table ip6 fw {
    chain f { ${FORWARD} drop
    }
  }`;

if (requires(t, 'root', 'ip', 'nft', 'busybox')) {
  for (const firewall of FIREWALLS)
    t.test(firewall.what, (t) =>
      onFreshHost(t, async (host) => {
        for (const filtered of ['0', '1']) {
          await host.sh(
            `[ ! -e /proc/sys/net/bridge ] || echo ${filtered} >/proc/sys/net/bridge/bridge-nf-call-iptables`,
          );
          await passes(t, host, firewall, `br_netfilter ${filtered}`);
        }
      }),
    );

  t.test('a firewall that drops nothing of pods: nothing is said, nothing is changed', (t) =>
    onFreshHost(t, async (host) => {
      const { must, nslab, sh } = host;
      await apply(host, HARMLESS);
      const before = await sh('nft list ruleset');
      t.match(await nslab(['hold', 'p', '--open-firewall']), { status: 0, stderr: '' });
      t.equal(await pings(host, 'p', '203.0.113.1'), true);
      t.match(await doctor(host), { state: 'ok' });
      await must(['down', 'p']);
      t.equal(await sh('nft list ruleset'), before);
      await sh('nft flush ruleset');
    }),
  );

  t.test('a firewall that comes later, and rules of the administrator that win', (t) =>
    onFreshHost(t, async (host) => {
      const { must, nslab, sh } = host;
      await must(['hold', 'p']);
      await apply(
        host,
        `table inet filter {
          chain forward { ${FORWARD} accept
            icmp type echo-request ip daddr 203.0.113.1 drop
            drop
          }
        }`,
      );
      const { stderr } = await nslab(['hold', 'q']);
      t.match(stderr, /chain forward of table inet filter drops what is forwarded/, 'said by the next verb');
      t.match(await nslab(['hold', 'r']), { stderr: '' }, 'and once');
      t.match(await nslab(['hold', 's', '--open-firewall']), {
        stderr: /two accept rules .* now stand there/,
      });
      const rules = await sh('nft list chain inet filter forward');
      t.match(
        rules,
        /echo-request.*drop\n.*ip .addr 10\.244\.0\.0\/16 accept.*\n.*accept.*\n\s+drop/,
        'before the last',
      );
      t.equal(await pings(host, 'p', '203.0.113.1'), false, 'what the administrator drops is dropped');
      t.equal(await wget(host, 'p'), true, 'the rest passes');
      await must(['down', '--all']);
      t.notMatch(await sh('nft list ruleset'), 'nslab', 'undone');
      await sh('nft flush ruleset');
    }),
  );

  t.test('firewalld: its trusted zone, and back', (t) =>
    onFreshHost(t, async (host) => {
      const { must, nslab, sh } = host;
      // A firewall-cmd that keeps the zone in a set of the firewall's own table.
      await sh(`mkdir -p /run/bin; cat >/run/bin/firewall-cmd <<'END'
#!/bin/bash
set=$(nft list set inet firewalld trusted 2>/dev/null) || exit 252
case "$*" in
  --state) echo running ;;
  *--query-source=*) [[ $set == *"\${2#*=}"* ]] ;;
  *--add-source=*) nft add element inet firewalld trusted "{ \${2#*=} }" ;;
  *--remove-source=*) nft delete element inet firewalld trusted "{ \${2#*=} }" ;;
esac
END
        chmod +x /run/bin/firewall-cmd`);
      const zone = `table inet firewalld {
        set trusted { type ipv4_addr; flags interval; }
        chain filter_FORWARD { type filter hook forward priority 10; policy accept
          ct state established,related accept
          ip saddr @trusted accept
          reject with icmpx admin-prohibited
        }
      }`;
      await apply(host, zone);
      const before = await sh('nft list ruleset');
      const env = { PATH: `/run/bin:${process.env.PATH}` };
      t.match(await doctor(host, env), {
        state: 'limited',
        cure: /a place in firewalld's zone trusted when it/,
      });
      t.match(await doctor(host), { cure: /To let them pass: nft '/ }, 'where no firewalld runs (control)');
      t.match(await nslab(['hold', 'p'], { env }), {
        status: 0,
        stderr: /10\.244\.0\.0\/16 is now in its zone trusted/,
      });
      t.match(await doctor(host, env), { state: 'ok' }, 'doctor knows that it lets pods pass');
      t.equal(await pings(host, 'p', '203.0.113.1'), true);
      t.match(await nslab(['hold', 'q'], { env }), { status: 0, stderr: '' });
      t.match(await nslab(['down', 'p', 'q'], { env }), { status: 0 });
      t.equal(await sh('nft list ruleset'), before, 'the zone is as before');
      await sh(`nft add element inet firewalld trusted '{ 10.244.0.0/16 }'`);
      t.match(await nslab(['hold', 'p'], { env }), { status: 0, stderr: '' }, 'trusted by the administrator');
      t.match(await nslab(['down', 'p'], { env }), { status: 0 });
      t.match(await sh('nft list ruleset'), '10.244.0.0/16', 'and it stays so');
      await sh('nft flush ruleset; rm -r /run/bin');
      await must(['gc']);
    }),
  );
}

const UNCOUNTED = "nft list ruleset | sed 's/ packets [0-9]* bytes [0-9]*//'";

async function passes(t: Test, host: KernelHost, { rules, agreed, lines }: Firewall, how: string) {
  const { must, nslab, sh } = host;
  await apply(host, rules);
  const before = await sh(UNCOUNTED);
  const { stderr } = await nslab(['hold', 'p']);
  await must(['hold', 'q']);
  if (agreed !== undefined) {
    t.match(stderr, `now stand in ${agreed}`, `${how}: announced`);
    t.equal(await pings(host, 'p', '203.0.113.1'), true, `${how}: passes`);
    t.equal(await pings(host, 'p', '10.244.0.3'), true, `${how}: to a neighbour`);
  } else {
    t.match(stderr, `nft '${lines}`, `${how}: the lines are told`);
    t.equal(await pings(host, 'p', '203.0.113.1'), false, `${how}: and nothing is changed`);
    t.match(await doctor(host), { state: 'limited', cure: String(lines) }, `${how}: doctor`);
    const told = [...stderr.matchAll(/nft '([^']+)'/g)].map(([, line]) => `nft '${line}'`);
    t.equal(told.length, 2);
    await sh(told.join('\n'));
    t.equal(await pings(host, 'p', '203.0.113.1'), true, `${how}: the very lines help`);
    t.equal(await pings(host, 'p', '10.244.0.3'), true, `${how}: to a neighbour`);
    await must(['down', '--all']);
    await apply(host, rules);
    t.match(await nslab(['hold', 'p', '--open-firewall']), {
      stderr: /two accept rules for 10\.244\.0\.0\/16/,
    });
    await must(['hold', 'q']);
    t.equal(await pings(host, 'p', '203.0.113.1'), true, `${how}: --open-firewall`);
    t.equal(await pings(host, 'p', '10.244.0.3'), true, `${how}: to a neighbour`);
    t.match(await doctor(host), { state: 'ok' }, `${how}: doctor`);
    await apply(host, rules);
    t.equal(await pings(host, 'p', '203.0.113.1'), false, `${how}: the firewall was loaded anew (control)`);
    t.match(await nslab(['gc']), { stderr: /two accept rules for 10\.244\.0\.0\/16/ });
    t.equal(await pings(host, 'p', '203.0.113.1'), true, `${how}: what was opened is opened again`);
  }
  await must(['down', '--all']);
  t.equal(await sh(UNCOUNTED), before, `${how}: the firewall is as before`);
  await sh('nft flush ruleset');
}

async function apply({ sh }: KernelHost, rules: string): Promise<void> {
  await sh(`nft flush ruleset; nft -f - <<'END'\n${rules}\nEND`);
}

async function doctor(
  { must }: KernelHost,
  env?: NodeJS.ProcessEnv,
): Promise<{ state: string; cure?: string } | undefined> {
  const { items } = JSON.parse(await must(['doctor', '-o', 'json'], env && { env })) as {
    items: { what: string; state: string; cure?: string }[];
  };
  return items.find(({ what }) => what === 'firewall');
}

async function pings(host: KernelHost, pod: string, address: string): Promise<boolean> {
  const pid = String(await pidOf(host, `${pod}/pause`));
  const words = ['nsenter', '-t', pid, '-n', 'busybox', 'ping', '-c1', '-W1', address];
  for (let n = 0; n < 2; n++) if ((await host.host.run(words)).status === 0) return true;
  return false;
}

/** Whether a connection to the outside is refused by it, and not dropped on the way. */
async function wget(host: KernelHost, pod: string): Promise<boolean> {
  const pid = String(await pidOf(host, `${pod}/pause`));
  const words = ['nsenter', '-t', pid, '-n', 'timeout', '3', 'bash', '-c', 'exec 3<>/dev/tcp/203.0.113.1/9'];
  return /refused/.test((await host.host.run(words)).stderr);
}
