import { kill } from '../../src/lab/actions/kill.ts';
import { pinNetns } from '../../src/lab/actions/pin-netns.ts';
import { runAlone } from '../../src/lab/actions/run-alone.ts';
import { applyIp } from '../../src/lab/actions/veth.ts';
import { experimentResult, recordResult } from '../../src/lab/evidence/experiment-result.ts';
import { hasAddress, listeners } from '../../src/lab/evidence/network-evidence.ts';
import { gets, lives } from '../../src/lab/evidence/programs.ts';
import type { CheckScript, LabScript, Row } from '../../src/lab/lab.ts';
import type { LabSession } from '../../src/lab/lab-session.ts';
import { twoNames } from './steps/two-names.ts';

const ADDRESS = '198.18.0.1';
const SERVER = ['busybox', 'httpd', '-f', '-p', '80', '-h', '/etc'];

export default {
  name: 'why-pause',
  needs: ['busybox'],
  steps: [
    {
      id: 'three-owners',
      predictions: [
        {
          id: 'stranded',
          choices: ['yes', 'no'],
          answer: (_, { survived }) => answered(survived, 'app, restarted'),
        },
        {
          id: 'held',
          choices: ['yes', 'no'],
          answer: (_, { survived }) => answered(survived, 'holder, app restarted'),
        },
      ],
      action: (session) => measure(session, { app: byApp, holder: byHolder, mount: byMount }),
      evidence: {
        survived: experimentResult('survived'),
      },
      checks: [
        {
          id: 'app-killed',
          finds: expects('app, killed', { address: true, answers: false, sibling: true }),
          control: instead('nobody-killed', {
            app: (session) => byApp(session, { kills: false }),
          }),
        },
        {
          id: 'restart-strands',
          finds: expects('app, restarted', { address: false, answers: false, sibling: true }),
          control: instead('holder-instead-of-app', { app: (session) => byHolder(session, 'app, ') }),
        },
        {
          id: 'holder-keeps',
          finds: expects('holder, app restarted', { address: true, answers: true, sibling: true }),
          control: instead('app-instead-of-holder', {
            holder: (session) => byApp(session, { label: 'holder, app ' }),
          }),
        },
        {
          id: 'holder-killed',
          finds: expects('holder, killed', { address: true, answers: true, sibling: true }),
          control: instead('all-killed', {
            holder: (session) => byHolder(session, 'holder, ', ['web', 'web/sibling']),
          }),
        },
        {
          id: 'mount-keeps',
          finds: expects('mount, all killed', { address: true }),
          control: instead('not-mounted', {
            mount: (session) => byMount(session, false),
          }),
        },
      ],
    },
    twoNames,
  ],
} satisfies LabScript;

type Observation = { readonly address: boolean; readonly answers: boolean; readonly sibling: boolean };
type Experiment = (session: LabSession) => Promise<Row[]>;
type Experiments = Readonly<Record<'app' | 'holder' | 'mount', Experiment>>;

/** Runs each experiment and undoes it before the next. */
async function measure(session: LabSession, experiments: Experiments): Promise<void> {
  const rows: Row[] = [];
  for (const experiment of Object.values(experiments)) {
    const depth = session.depth;
    rows.push(...(await experiment(session)));
    await session.unwind(depth);
  }
  recordResult(session, 'survived', rows);
}

/** The app owns the network namespace; the sibling joins the app. */
async function byApp(session: LabSession, { kills = true, label = 'app, ' } = {}): Promise<Row[]> {
  await runAlone(session, 'app', SERVER);
  await addAddress(session, 'app');
  await runAlone(session, 'sibling', ['sleep', '1000'], 'app');
  await untilListening(session, 'app');
  if (kills) await kill(session, 'app');
  const killed = { when: `${label}killed`, ...(await look(session, 'sibling', 'sibling')) };
  await runAlone(session, 'again', SERVER);
  await untilListening(session, 'again');
  const restarted = await look(session, 'again', 'sibling');
  return [killed, { when: `${label}restarted`, ...restarted }];
}

/** A holder owns the network namespace; app and sibling join it. */
async function byHolder(session: LabSession, label = 'holder, ', victims = ['web']): Promise<Row[]> {
  await session.pod('web', { network: 'none' });
  await session.run('web', 'app', SERVER);
  await addAddress(session, 'web');
  await session.run('web', 'sibling', ['sleep', '1000']);
  await kill(session, 'web/app');
  const killed = { when: `${label}app killed`, ...(await look(session, 'web/sibling', 'web/sibling')) };
  await session.run('web', 'again', SERVER);
  await untilListening(session, 'web/again');
  const restarted = {
    when: label === 'holder, ' ? 'holder, app restarted' : `${label}restarted`,
    ...(await look(session, 'web/again', 'web/sibling')),
  };
  for (const victim of victims) await kill(session, victim);
  return [
    killed,
    restarted,
    { when: 'holder, killed', ...(await look(session, 'web/again', 'web/sibling')) },
  ];
}

/** A bind mount of the app's /proc/PID/ns/net keeps the network namespace after the app has ended. */
async function byMount(session: LabSession, mounts = true): Promise<Row[]> {
  await runAlone(session, 'app', SERVER);
  await addAddress(session, 'app');
  const kept = await pinNetns(session, 'keeper', mounts ? 'app' : 'host');
  await kill(session, 'app');
  const address = await hasAddress(kept, ADDRESS);
  return [{ when: 'mount, all killed', address, answers: false, sibling: false }];
}

/** Waits for the server: before it listens, its network would look lost. */
async function untilListening(session: LabSession, role: string): Promise<void> {
  await session.until(listeners(role), (rows) => rows.some(({ port }) => port === 80));
}

/** Sets lo up and gives it an address. */
async function addAddress(session: LabSession, role: string): Promise<void> {
  await applyIp(
    session,
    [
      { do: 'setUp', name: 'lo' },
      { do: 'addAddress', name: 'lo', cidr: `${ADDRESS}/32` },
    ],
    role,
  );
}

/** Whether the app's network namespace has the address, and whether the sibling gets an answer. */
async function look(session: LabSession, app: string, sibling: string): Promise<Observation> {
  const network = `/proc/${session.pid(app)}/ns/net`;
  return {
    address: await hasAddress(network, ADDRESS),
    answers: await gets(session.pid(sibling), `http://${ADDRESS}/hostname`),
    sibling: lives(session.pid(sibling)),
  };
}

function instead(id: string, experiments: Partial<Experiments>) {
  return {
    id,
    instead: (session: LabSession) =>
      measure(session, { app: byApp, holder: byHolder, mount: byMount, ...experiments }),
  };
}

function expects(when: string, wanted: Partial<Observation>): CheckScript['finds'] {
  return ({ survived = [] }) => {
    const row = survived.find((each) => each.when === when);
    const wrong = Object.entries(wanted).filter(([what, value]) => row?.[what] !== value);
    const those = (value: boolean) => wrong.flatMap(([what, wanted]) => (wanted === value ? [what] : []));
    return wrong.length === 0
      ? undefined
      : { when, lost: those(true).join(', ') || '-', left: those(false).join(', ') || '-' };
  };
}

function answered(rows: readonly Row[] | undefined, when: string): string {
  return rows?.find((row) => row.when === when)?.answers === true ? 'yes' : 'no';
}
