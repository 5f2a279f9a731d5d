import { portOf } from '../../src/lab/actions/port.ts';
import { clusterIPOf } from '../../src/lab/actions/service.ts';
import { buildStack } from '../../src/lab/actions/stack.ts';
import { echo, named, page, talks, type Way, ways } from '../../src/lab/evidence/connectivity.ts';
import type { CheckScript, FaultScript, LabScript } from '../../src/lab/lab.ts';
import type { LabSession } from '../../src/lab/lab-session.ts';
import { wiringOf } from '../../src/lab/wiring.ts';
import * as faults from './steps/stack-faults.ts';

/** Pages of servers. */
const addressOf = (role: string) => (session: LabSession) => session.podOf(role).address ?? '';
const clusterIP = (session: LabSession) => clusterIPOf(session, 'web');
const short = (session: LabSession) => session.nameOf('web');
const whole = (session: LabSession) => `${short(session)}.default.svc.cluster.local.`;

const WAYS: readonly Way[] = [
  { way: 'neighbour', from: 'client', works: page((session) => `http://${addressOf('web')(session)}`) },
  {
    way: 'outside',
    from: 'client',
    works: page((session) => `http://${addressOf('server')(session)}/hostname`),
  },
  { way: 'service', from: 'client', works: page((session) => `http://${clusterIP(session)}`) },
  { way: 'itself', from: 'web', works: page((session) => `http://${clusterIP(session)}`) },
  {
    way: 'published',
    from: 'client',
    works: page((session) => `http://${wiringOf(session, 'web').gateway}:${portOf(session)}`),
  },
  { way: 'isolated', from: 'client', works: page((session) => `http://${addressOf('db')(session)}`) },
  { way: 'whole-name', from: 'client', works: named(whole, clusterIP) },
  { way: 'short-name', from: 'client', works: named(short, clusterIP) },
  { way: 'small', from: 'client', works: echo(56, addressOf('web')) },
  { way: 'large', from: 'client', works: echo(1400, addressOf('web')) },
  { way: 'udp', from: 'client', works: talks() },
];

/** No lesson: everything at once, for drills. Each check is one way; the faults of the whole stack are noticed by them. */
export default {
  name: 'stack',
  needs: ['busybox', 'nft', 'bash', 'dnsmasq', 'bridge'],
  steps: [
    {
      id: 'stack',
      action: buildStack,
      evidence: { ways: ways(WAYS) },
      checks: [
        works('neighbour', faults.neighbour),
        works('outside', faults.outside),
        works('service', faults.service),
        works('itself', faults.itself),
        works('published', faults.published),
        works('isolated', faults.isolated),
        works('whole-name', faults.wholeName),
        works('short-name', faults.shortName, 'whole-name'),
        works('large', faults.large, 'small'),
        works('udp', faults.udp),
      ],
    },
  ],
} satisfies LabScript;

/** The way works; or what must work before it does not: that is noticed elsewhere. */
function works(way: string, [control, ...others]: readonly FaultScript[], before?: string): CheckScript {
  if (!control) throw new Error(`no fault for ${way}`);
  return {
    id: way,
    finds: ({ ways = [] }) => {
      const isBroken = (name: string) => ways.some((row) => row.way === name && row.works !== true);
      return isBroken(way) && !(before !== undefined && isBroken(before)) ? {} : undefined;
    },
    control,
    others,
  };
}
