import { existsSync, readFileSync } from 'node:fs';
import { cureFor } from '../net/filter.ts';
import { acceptedPlace, type Barrier, barrierName, findBarriers, forwardChains } from '../net/firewall.ts';
import type { Firewalld } from '../net/firewalld.ts';
import { listChains, listTables, type Nft } from '../net/nft.ts';
import { ALL_KINDS } from '../ns/kinds.ts';
import { findHierarchy, whyNoHierarchy } from '../sys/cgroup.ts';
import type { OperationError } from '../sys/errors.ts';
import { readMaybe } from '../sys/procfs.ts';
import { program } from '../sys/programs.ts';
import { settleAll } from '../sys/settle-all.ts';
import { which } from '../sys/which.ts';

/** The result of one check. */
export interface Finding {
  readonly what: string;
  readonly state: 'ok' | 'missing' | 'limited';
  readonly found: string;
  readonly cure?: string;
}

/** Who is asked of the firewalls of this host. */
interface Tools {
  readonly nft: Nft;
  readonly firewalld: Firewalld;
}

/** Checks this machine without changing it: what nslab needs, what it can use, and what conflicts with it. */
export async function examine(host: Tools, subnets: readonly string[]): Promise<Finding[]> {
  return [
    privileges(),
    kernel(),
    ...tools(),
    ...natives(),
    ...namespaces(),
    overlay(),
    limits(),
    ...conntrack(),
    await firewall(host, subnets),
    bridgeFilter(),
  ];
}

function privileges(): Finding {
  const mask = readMaybe('/proc/self/status')?.match(/^CapEff:\s*([0-9a-f]+)$/m)?.[1] ?? '0';
  // include/uapi/linux/capability.h: CAP_NET_ADMIN 12, CAP_SYS_ADMIN 21
  const has = [12, 21].every((capability) => ((BigInt(`0x${mask}`) >> BigInt(capability)) & 1n) === 1n);
  const found = `effective capabilities ${mask}`;
  return has
    ? { what: 'privileges', state: 'ok', found }
    : { what: 'privileges', state: 'missing', found, cure: 'run as root: sudo nslab …' };
}

function kernel(): Finding {
  const release = readFileSync('/proc/sys/kernel/osrelease', 'utf8').trim();
  const [major = 0, minor = 0] = release.split(/[.-]/).map(Number);
  const enough = major > 5 || (major === 5 && minor >= 12);
  return enough
    ? { what: 'kernel', state: 'ok', found: `Linux ${release}` }
    : {
        what: 'kernel',
        state: 'missing',
        found: `Linux ${release}`,
        cure: 'Linux 5.12 or later: mount_setattr(2)',
      };
}

const TOOLS = [
  { file: 'ip', debian: 'iproute2', needed: true },
  { file: 'nft', debian: 'nftables', needed: true },
  { file: 'busybox', debian: 'busybox-static', needed: false },
  { file: 'dnsmasq', debian: 'dnsmasq-base', needed: false },
  { file: 'nginx', debian: 'nginx-light', needed: false },
  { file: 'docker', debian: 'docker.io', needed: false },
] as const;

function tools(): Finding[] {
  return TOOLS.map(({ file, debian, needed }) => {
    const path = which(file);
    if (path) return { what: file, state: 'ok', found: path };
    return {
      what: file,
      state: needed ? 'missing' : 'limited',
      found: 'not in PATH',
      cure: `apt-get install ${debian}`,
    };
  });
}

function natives(): Finding[] {
  return (['pause', 'shim'] as const).map((name) => {
    const path = program(name);
    if (existsSync(path)) return { what: name, state: 'ok', found: path };
    return {
      what: name,
      state: 'missing',
      found: `no ${path}`,
      cure: 'build it: make -C native (scripts/quickstart does)',
    };
  });
}

function namespaces(): Finding[] {
  const missing = ALL_KINDS.filter((kind) => !existsSync(`/proc/self/ns/${kind}`));
  const limits = ALL_KINDS.flatMap((kind) => {
    const limit = readMaybe(`/proc/sys/user/max_${kind}_namespaces`)?.trim();
    return limit === undefined ? [] : [`${kind} ${limit}`];
  });
  const cure = 'a kernel with CONFIG_NAMESPACES and its kinds';
  return [
    missing.length === 0
      ? { what: 'namespaces', state: 'ok', found: ALL_KINDS.join(' ') }
      : { what: 'namespaces', state: 'limited', found: `without ${missing.join(' ')}`, cure },
    limits.some((limit) => limit.endsWith(' 0'))
      ? {
          what: 'namespace limits',
          state: 'missing',
          found: limits.join(', '),
          cure: 'raise /proc/sys/user/max_*_namespaces',
        }
      : { what: 'namespace limits', state: 'ok', found: limits.join(', ') },
  ];
}

function overlay(): Finding {
  if (/\boverlay$/m.test(readMaybe('/proc/filesystems') ?? ''))
    return { what: 'overlayfs', state: 'ok', found: 'in /proc/filesystems' };
  return {
    what: 'overlayfs',
    state: 'limited',
    found: 'not loaded (mounting one may load it)',
    cure: 'modprobe overlay',
  };
}

/** The cgroup controllers that enforce a manifest's `resources.limits`. */
function limits(): Finding {
  const what = 'limits';
  const controllers = ['memory', 'cpu'] as const;
  const found = controllers
    .map((each) => {
      const hierarchy = findHierarchy(each);
      return hierarchy ? `${each} by cgroup v${hierarchy.version}` : `no ${each}`;
    })
    .join(', ');
  const missing = controllers.filter((each) => findHierarchy(each) === undefined);
  if (missing.length === 0) return { what, state: 'ok', found };
  return { what, state: 'limited', found, cure: missing.map(whyNoHierarchy).join('; ') };
}

/** Connections that are translated or tracked take entries in the conntrack table. */
function conntrack(): Finding[] {
  const limit = readMaybe('/proc/sys/net/netfilter/nf_conntrack_max')?.trim();
  return limit === undefined
    ? []
    : [{ what: 'conntrack', state: 'ok', found: `room for ${limit} connections` }];
}

/** Whether another firewall of this host cuts off the subnets of pods. nslab changes only agreed places, and says the rest. */
async function firewall({ nft, firewalld }: Tools, subnets: readonly string[]): Promise<Finding> {
  const what = 'firewall';
  try {
    const net = { chains: () => listChains(nft), tables: () => listTables(nft) };
    const chains = await forwardChains({ net });
    const found = await findBarriers({ nft }, chains);
    const all = found.length > 0 ? await net.chains() : [];
    const asks = found.some(isFirewalld) && (await firewalld.isRunning());
    const isTrusted =
      asks && (await settleAll(...subnets.map((subnet) => firewalld.trusts(subnet)))).every(Boolean);
    const barriers = found.filter((barrier) => {
      if (asks && isFirewalld(barrier)) return !isTrusted;
      return !barrier.isPassed || acceptedPlace(barrier, all) !== undefined;
    });
    if (barriers.length === 0)
      return { what, state: 'ok', found: 'no firewall of this host drops what is forwarded' };
    const agreed = (barrier: Barrier) => {
      const chain = acceptedPlace(barrier, all);
      if (chain !== undefined) return `two accept rules in ${chain}`;
      return asks && isFirewalld(barrier) ? "a place in firewalld's zone trusted" : undefined;
    };
    const names = `${barriers.map(barrierName).join(', ')} drops what is forwarded`;
    const cures = barriers.flatMap((barrier) => {
      const place = agreed(barrier);
      if (place === undefined) return subnets.map((subnet) => cureFor(barrier, subnet));
      return `a network gets ${place} when it or a pod in it is created`;
    });
    const cure = [...new Set(cures)].join('; ');
    return { what, state: 'limited', found: names, cure };
  } catch (error) {
    const { message, hint } = error as OperationError;
    return { what, state: 'limited', found: message, ...(hint !== undefined && { cure: hint }) };
  }
}

const isFirewalld = ({ table }: Barrier) => table === 'firewalld';

/** With br_netfilter, frames between ports of a bridge pass iptables, and so Docker's DROP. nslab only reports it. */
function bridgeFilter(): Finding {
  const on = readMaybe('/proc/sys/net/bridge/bridge-nf-call-iptables')?.trim() === '1';
  if (!on)
    return {
      what: 'bridge filter',
      state: 'ok',
      found: 'frames between pods of a bridge do not pass the firewall: a NetworkPolicy is refused there',
    };
  return {
    what: 'bridge filter',
    state: 'limited',
    found: 'br_netfilter hands frames between pods of a bridge to the firewall, as NetworkPolicies need it',
    cure: 'if pods cannot reach each other: sysctl net.bridge.bridge-nf-call-iptables=0',
  };
}
