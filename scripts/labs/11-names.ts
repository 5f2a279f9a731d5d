import {
  type AskerOptions,
  editedResolver,
  OUTSIDE,
  startAsker,
  startQueryLog,
} from '../../src/lab/actions/names.ts';
import { labelledPod, makeService, startNames, syncAtTheEnd } from '../../src/lab/actions/service.ts';
import { lookups } from '../../src/lab/evidence/lookups.ts';
import { fault, stopped } from '../../src/lab/faults.ts';
import type { CheckScript, LabScript, Row } from '../../src/lab/lab.ts';
import type { LabSession } from '../../src/lab/lab-session.ts';
import { readiness } from './steps/readiness.ts';

const NETWORK = 'inner';

/** The same name with a dot at its end is whole: no search list is asked. */
const WHOLE = `${OUTSIDE}.`;

export default {
  name: 'names',
  needs: ['busybox', 'nft', 'dnsmasq'],
  steps: [
    {
      id: 'search',
      predictions: [
        { id: 'short-name', choices: ['1', '2', '4'], answer: (_, { asked }) => queriesIn(asked?.[0]) },
        { id: 'name-outside', choices: ['1', '2', '4'], answer: (_, { asked }) => queriesIn(asked?.[1]) },
        { id: 'with-a-dot', choices: ['1', '2', '4'], answer: (_, { asked }) => queriesIn(asked?.[2]) },
      ],
      action: (session) => begin(session),
      evidence: { asked: lookups((session) => [session.nameOf('web'), OUTSIDE, WHOLE]) },
      checks: [
        {
          id: 'short-name-first',
          finds: ({ asked = [] }) => {
            const [row] = asked;
            if (row?.queries === 1 && row.addresses !== null) return undefined;
            return { queries: queriesIn(row) };
          },
          control: fault('other-search-list', (session) =>
            editedResolver(session, 'search default', 'search other'),
          ),
        },
        {
          id: 'outside-costs-four',
          finds: counts(OUTSIDE, 4),
          control: { id: 'ndots-1', instead: (session) => begin(session, { ndots: 1 }) },
        },
        {
          id: 'whole-costs-one',
          finds: counts(WHOLE, 1),
          control: fault('server-stopped', (session) => stopped(session.pid('dns/dnsmasq'))),
        },
      ],
    },
    {
      id: 'headless',
      predictions: [
        {
          id: 'how-many-addresses',
          choices: ['0', '1', '2'],
          answer: (_, { asked }) => String(addressesIn(asked?.[1]).length),
        },
      ],
      action: (session) => makeService(session, 'heads', { app: 'web', clusterIP: 'None' }),
      evidence: { asked: lookups((session) => [session.nameOf('web'), session.nameOf('heads')]) },
      checks: [
        {
          id: 'pods-own-addresses',
          finds: ({ asked = [] }) => {
            const found = addressesIn(asked[1]);
            const isOwn = found.length === 2 && !found.some((each) => addressesIn(asked[0]).includes(each));
            return isOwn ? undefined : { found: found.join(' ') || '-' };
          },
          control: {
            id: 'with-cluster-ip',
            instead: (session) => makeService(session, 'heads', { app: 'web' }),
          },
        },
      ],
    },
    readiness,
  ],
} satisfies LabScript;

/** Two pods, a Service for them, its server of names, and a client that asks by way of a server that writes down all queries. */
async function begin(session: LabSession, options: Omit<AskerOptions, 'network'> = {}): Promise<void> {
  await syncAtTheEnd(session);
  await session.network(NETWORK);
  await labelledPod(session, 'one', { network: NETWORK, app: 'web' });
  await labelledPod(session, 'two', { network: NETWORK, app: 'web' });
  await makeService(session, 'web', { app: 'web' });
  await startQueryLog(session, NETWORK, await startNames(session));
  await startAsker(session, { network: NETWORK, ...options });
  await session.until(
    lookups((session) => [session.nameOf('web')]),
    ([row]) => row?.addresses !== null,
  );
}

function counts(name: string, wanted: number): CheckScript['finds'] {
  return ({ asked = [] }) => {
    const row = asked.find((each) => each.name === name);
    return row?.queries === wanted && row.addresses !== null ? undefined : { queries: queriesIn(row) };
  };
}

function queriesIn(row: Row | undefined): string {
  return String(row?.queries ?? 0);
}

function addressesIn(row: Row | undefined): string[] {
  return typeof row?.addresses === 'string' ? row.addresses.split(' ') : [];
}
