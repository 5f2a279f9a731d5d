import { namespaceAt } from '../../ns/namespace.ts';
import type { Trace } from '../../spec/trace.ts';
import { trace } from '../../trace/trace.ts';
import type { Row, TableScript } from '../lab.ts';
import type { LabSession } from '../lab-session.ts';

type Pairs = ReadonlyArray<readonly [from: string, to: string]>;

/** What a client gets that connects to port 80 of a pod: an answer, a refusal, or silence. */
export function attempts(pairs: Pairs): TableScript {
  return {
    title: 'attempts',
    read: (session) =>
      Promise.all(
        pairs.map(async ([from, to]): Promise<Row> => {
          const address = session.podOf(to).address ?? '';
          const { status, stderr } = await session.exec(from, [...CONNECT, address]);
          return { from, to, address, gets: outcome(status, stderr) };
        }),
      ),
  };
}

/** A second is long: an answer of the same machine takes a fraction of a millisecond. */
const CONNECT = ['timeout', '1', 'bash', '-c', 'exec 3<>/dev/tcp/$0/80'];

function outcome(status: number, stderr: string): string {
  if (status === 0) return 'answer';
  return /refused/.test(stderr) ? 'refusal' : 'silence';
}

/** What `nslab trace` finds: whether the probe arrives, and the rule that decided. */
export function traces(pairs: Pairs): TableScript {
  return {
    title: 'traces',
    async read(session) {
      const rows: Row[] = [];
      // One after the other: each puts a table of its own into the namespaces on the way.
      for (const [from, to] of pairs) rows.push({ from, to, ...decision(await traceTo(session, from, to)) });
      return rows;
    },
  };
}

async function traceTo(session: LabSession, from: string, to: string): Promise<Trace> {
  const { kernel } = await session.host();
  const inode = namespaceAt(`/proc/${session.pid(from)}/ns/net`)?.inode ?? 0;
  const spec = {
    from: inode,
    protocol: 'tcp',
    to: session.podOf(to).address ?? '',
    port: 80,
    name: undefined,
  } as const;
  return (await trace(kernel, spec, session.owners())).trace;
}

/** The rule of the verdict, or the last one that accepted and says why. */
function decision({ verdict, hops }: Trace): Row {
  const said = hops.flatMap(({ rules }) => rules).filter(({ rule }) => rule?.includes('comment'));
  const rule = verdict.rule ?? said.at(-1);
  const comment = /comment "(.*)"/.exec(rule?.rule ?? '')?.[1];
  return { result: verdict.result, chain: rule?.chain ?? null, says: comment ?? rule?.rule ?? null };
}
