import { replaceUdpEndpoint, type StaleOptions } from '../../../src/lab/actions/stale-udp.ts';
import { experimentResult } from '../../../src/lab/evidence/experiment-result.ts';
import type { CheckScript, Row, StepScript } from '../../../src/lab/lab.ts';
import type { LabSession } from '../../../src/lab/lab-session.ts';

const NETWORK = 'inner';

/** A step of the lab service: the kernel translates a connection as its first packet was, also when that pod is gone. */
export const staleUdp: StepScript = {
  id: 'stale-udp',
  predictions: [
    { id: 'rules-alone', choices: ['yes', 'no'], answer: (_, { talker }) => isAnswered(talker, 1) },
    { id: 'entry-deleted', choices: ['yes', 'no'], answer: (_, { talker }) => isAnswered(talker, 2) },
  ],
  action: (session) => replaceUdpEndpoint(session, { network: NETWORK }),
  evidence: { talker: experimentResult('talker') },
  checks: [
    {
      id: 'stays-with-the-dead',
      finds: answeredBy(1, null),
      control: instead('entry-goes-at-once', { keepsEntry: false }),
    },
    {
      id: 'goes-on',
      finds: answeredBy(2, 'second'),
      control: instead('entry-stays', { deletes: false }),
    },
  ],
};

function instead(id: string, options: Omit<StaleOptions, 'network'>) {
  return {
    id,
    instead: (session: LabSession) => replaceUdpEndpoint(session, { network: NETWORK, ...options }),
  };
}

function answeredBy(place: number, wanted: string | null): CheckScript['finds'] {
  return ({ talker = [] }) => {
    const found = talker[place]?.answered_by ?? null;
    return found === wanted ? undefined : { found: String(found ?? '-') };
  };
}

function isAnswered(rows: readonly Row[] | undefined, place: number): string {
  return rows?.[place]?.answered_by ? 'yes' : 'no';
}
