import { inodesOf, KINDS, words } from '../evidence.ts';
import type { KernelHost } from '../host.ts';

/** The pids of a pod's holder and workloads, in the host's pid namespace. */
export type PodPids = Readonly<Record<string, number>>;

/** The facts by which two pods are compared, from the kernel; without numbers that differ for each new object. */
export async function factsOf(host: KernelHost, pids: PodPids) {
  const { holder } = pids as { holder: number };
  const inside = `nsenter -t ${holder} -n`;
  return {
    namespaces: relations(host, pids),
    outside: await network(host, ''),
    inside: await network(host, inside),
    rules: steady(withoutPrior(JSON.parse(await host.sh('nft -j list ruleset')))),
    settings: await host.sh('grep -r "" /proc/sys/net/ipv4/conf/*/{forwarding,route_localnet}'),
    hostname: await host.sh(`nsenter -t ${holder} -u uname -n`),
    processes: await processes(host, pids),
  };
}

/** A script keeps the settings to restore in a file, and nslab also in a table: the one with the set `opened`, in both. */
function withoutPrior({ nftables }: { nftables: Record<string, { name?: string; table?: string }>[] }) {
  const tables = nftables.flatMap(({ set }) => (set?.name === 'opened' ? [set.table] : []));
  return nftables.filter((object) => {
    const [[kind, { name, table }] = ['', { name: '', table: '' }]] = Object.entries(object);
    return !tables.includes((kind === 'table' ? name : table) ?? '');
  });
}

/** `host`, `holder` or `own`, for each process and each of the eight kinds: by inode. */
function relations({ host }: KernelHost, pids: PodPids): Record<string, Record<string, string>> {
  const machine = inodesOf(host, 1);
  const holder = inodesOf(host, pids.holder as number);
  return Object.fromEntries(
    Object.entries(pids).map(([who, pid]) => {
      const own = inodesOf(host, pid);
      const relation = (kind: string) =>
        own[kind] === machine[kind]
          ? 'host'
          : who !== 'holder' && own[kind] === holder[kind]
            ? 'holder'
            : 'own';
      return [who, Object.fromEntries(KINDS.map((kind) => [kind, relation(kind)]))];
    }),
  );
}

async function network({ sh }: KernelHost, enter: string): Promise<unknown> {
  const ask = async (what: string) => steady(JSON.parse((await sh(`${enter} ip -j ${what}`)) || '[]'));
  return [await ask('addr show'), await ask('route show table all')];
}

/** Ids, privileges, arguments, environment, directory and mounts of each workload. */
async function processes({ sh }: KernelHost, pids: PodPids): Promise<Record<string, unknown>> {
  const facts: Record<string, unknown> = {};
  for (const [who, pid] of Object.entries(pids)) {
    if (who === 'holder') continue;
    const status = await sh(
      `grep -E '^(Uid|Gid|Groups|Umask|Cap...|NoNewPrivs|Sig(Blk|Ign)):' /proc/${pid}/status`,
    );
    const given = await sh(
      `tr '\\0' '\\n' </proc/${pid}/cmdline; echo; tr '\\0' '\\n' </proc/${pid}/environ | sort`,
    );
    facts[who] = [words(status), given.split('\n'), await directory(sh, pid), await mounts(sh, pid)];
  }
  return facts;
}

/** The current directory relative to the process's root: in a chroot, readlink gives the path from the machine's root. */
async function directory(sh: KernelHost['sh'], pid: number): Promise<string> {
  const [root = '', cwd = ''] = (await sh(`readlink /proc/${pid}/root /proc/${pid}/cwd`)).split('\n');
  return root !== '/' && cwd.startsWith(root) ? cwd.slice(root.length) || '/' : cwd;
}

/** `/dev/shm rw,nosuid tmpfs size=65536k,mode=1777`; without the root of the mount, which nslab and the script choose. */
async function mounts(sh: KernelHost['sh'], pid: number): Promise<string[]> {
  const lines = (await sh(`cat /proc/${pid}/mountinfo`)).trim().split('\n');
  return lines
    .map((line) => {
      const [, , , , point, flags, ...rest] = line.split(' ');
      const [type, , options] = rest.slice(rest.indexOf('-') + 1);
      const known = type === 'overlay' ? '' : options?.replace(/inode64|size=67108864/g, '');
      return `${point} ${flags?.split(',').sort()} ${type} ${known}`;
    })
    .sort();
}

const UNSTEADY = ['ifindex', 'link_index', 'link_netnsid', 'address', 'handle', 'metainfo', 'permaddr'];

/** Removes numbers and MAC addresses that differ for each new object. */
function steady(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (key, inner: unknown) => (UNSTEADY.includes(key) ? undefined : inner)),
  );
}
