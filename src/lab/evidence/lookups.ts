import type { Row, TableScript } from '../lab.ts';
import type { LabSession } from '../lab-session.ts';

/** What a lookup of each name asks the DNS server, in the server's own log, and what comes of it. One after the other. */
export function lookups(names: (session: LabSession) => readonly string[]): TableScript {
  return {
    title: 'lookups',
    async read(session) {
      const rows: Row[] = [];
      for (const name of names(session)) {
        const before = (await queries(session)).length;
        const addresses = await lookUp(session, name);
        const asked = (await queries(session)).slice(before);
        rows.push({
          name,
          queries: asked.length,
          last: asked.at(-1) ?? null,
          addresses: addresses.join(' ') || null,
        });
      }
      return rows;
    },
  };
}

/** What the pod's own resolver says of a name, as for any program there. */
export async function lookUp(session: LabSession, name: string): Promise<string[]> {
  const { stdout } = await session.exec('client/shell', ['timeout', '9', 'getent', 'ahostsv4', name]);
  const addresses = stdout.split('\n').flatMap((line) => /^[\d.]+/.exec(line)?.[0] ?? []);
  return [...new Set(addresses)].sort();
}

/** The names that the server was asked for, in order. */
async function queries(session: LabSession): Promise<string[]> {
  const names: string[] = [];
  for await (const line of session.podOf('dns').workload('dnsmasq').logs())
    names.push(...(/ query\[A\] (\S+) from /.exec(line)?.slice(1) ?? []));
  return names;
}
