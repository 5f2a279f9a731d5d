import { kill } from '../../src/lab/actions/kill.ts';
import { pin } from '../../src/lab/actions/pin.ts';
import { alone } from '../../src/lab/actions/run-alone.ts';
import { ip } from '../../src/lab/actions/veth.ts';
import { measured, note } from '../../src/lab/evidence/experiment.ts';
import { hasAddress, listeners } from '../../src/lab/evidence/network-evidence.ts';
import { gets, lives } from '../../src/lab/evidence/programs.ts';
import type { Check, Lab, Row } from '../../src/lab/lab.ts';
import type { LabSession } from '../../src/lab/lab-session.ts';

const ADDRESS = '198.18.0.1';
const SERVER = ['busybox', 'httpd', '-f', '-p', '80', '-h', '/etc'];

export default {
  name: 'why-pause',
  title: 'Why pause, and not the app itself',
  goal: 'Who owns the network decides what an end and a restart of the app cost its siblings.',
  drawing: `
    app ◄── sibling               the sibling has joined the app
    pause ◄── app, sibling        both have joined a holder
    mount ◄── app                 a bind mount keeps the namespace, and nobody lives in it
  `,
  needs: ['busybox'],
  steps: [
    {
      id: 'three-owners',
      goal: 'The same app, its network owned in three ways; it is killed, and started again; then the holder is killed.',
      predictions: [
        {
          id: 'stranded',
          question: 'The app owns the network, and is started again. Does its sibling reach it?',
          choices: ['yes', 'no'],
          answer: (_, { survived }) => said(survived, 'app, restarted'),
        },
        {
          id: 'held',
          question: 'And if a holder owns the network?',
          choices: ['yes', 'no'],
          answer: (_, { survived }) => said(survived, 'holder, app restarted'),
        },
      ],
      action: (session) => measure(session, { app: byApp, holder: byHolder, mount: byMount }),
      evidence: {
        survived: measured(
          'survived',
          'what has survived? (ip address, wget, /proc, each asked when it happened)',
        ),
      },
      checks: [
        {
          id: 'app-killed',
          says: 'owned by the app: when it is killed, whoever has joined still keeps the network, and nobody answers there',
          fault: expects('app, killed', { address: true, answers: false, sibling: true }),
          control: instead('nobody-killed', 'the app was not killed', {
            app: (session) => byApp(session, { kills: false }),
          }),
        },
        {
          id: 'restart-strands',
          says: "after its restart it is in a new network: the sibling sits in the old one, as Docker's joiners do",
          fault: expects('app, restarted', { address: false, answers: false, sibling: true }),
          control: instead(
            'holder-instead-of-app',
            'it was not the app that owned the network, but a holder',
            { app: (session) => byHolder(session, 'app, ') },
          ),
        },
        {
          id: 'holder-keeps',
          says: 'owned by a holder: after a restart of the app all is as before',
          fault: expects('holder, app restarted', { address: true, answers: true, sibling: true }),
          control: instead(
            'app-instead-of-holder',
            'it was not a holder that owned the network, but the app',
            {
              holder: (session) => byApp(session, { label: 'holder, app ' }),
            },
          ),
        },
        {
          id: 'holder-killed',
          says: 'a killed holder takes nobody along: the kernel keeps the network for whoever is in it',
          fault: expects('holder, killed', { address: true, answers: true, sibling: true }),
          control: instead('all-killed', 'not only the holder was killed, but the sibling, too', {
            holder: (session) => byHolder(session, 'holder, ', ['web', 'web/sibling']),
          }),
        },
        {
          id: 'mount-keeps',
          says: 'kept by a bind mount the address is still there when nobody is: nothing ends by itself, and nobody reaps',
          fault: expects('mount, all killed', { address: true }),
          control: instead('not-mounted', 'nothing was mounted upon that namespace', {
            mount: (session) => byMount(session, false),
          }),
        },
      ],
    },
  ],
} satisfies Lab;

type Found = { readonly address: boolean; readonly answers: boolean; readonly sibling: boolean };
type Way = (session: LabSession) => Promise<Row[]>;
type NetnsSockets = Readonly<Record<'app' | 'holder' | 'mount', Way>>;

/** Each way on its own, and taken back before the next. */
async function measure(session: LabSession, ways: NetnsSockets): Promise<void> {
  const rows: Row[] = [];
  for (const way of Object.values(ways)) {
    const depth = session.depth;
    rows.push(...(await way(session)));
    await session.unwind(depth);
  }
  note(session, 'survived', rows);
}

/** The app owns its network, and the sibling has joined the app. */
async function byApp(session: LabSession, { kills = true, label = 'app, ' } = {}): Promise<Row[]> {
  await alone(session, 'app', SERVER);
  await furnish(session, 'app');
  await alone(session, 'sibling', ['sleep', '1000'], 'app');
  await listening(session, 'app');
  if (kills) await kill(session, 'app');
  const killed = { when: `${label}killed`, ...(await look(session, 'sibling', 'sibling')) };
  await alone(session, 'again', SERVER);
  await listening(session, 'again');
  const restarted = await look(session, 'again', 'sibling');
  return [killed, { when: `${label}restarted`, ...restarted }];
}

/** A holder owns the network, and both have joined it. */
async function byHolder(session: LabSession, label = 'holder, ', victims = ['web']): Promise<Row[]> {
  await session.pod('web', { network: 'none' });
  await session.run('web', 'app', SERVER);
  await furnish(session, 'web');
  await session.run('web', 'sibling', ['sleep', '1000']);
  await kill(session, 'web/app');
  const killed = { when: `${label}app killed`, ...(await look(session, 'web/sibling', 'web/sibling')) };
  await session.run('web', 'again', SERVER);
  await listening(session, 'web/again');
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

/** Nobody lives in the network when the app has ended: a mount upon its /proc/PID/ns/net keeps it. */
async function byMount(session: LabSession, mounts = true): Promise<Row[]> {
  await alone(session, 'app', SERVER);
  await furnish(session, 'app');
  const kept = await pin(session, 'keeper', mounts ? 'app' : 'host');
  await kill(session, 'app');
  const address = await hasAddress(kept, ADDRESS);
  return [{ when: 'mount, all killed', address, answers: false, sibling: false }];
}

/** A server that was started a moment ago answers nobody yet: that would look like a network that was lost. */
async function listening(session: LabSession, who: string): Promise<void> {
  await session.until(listeners(who), (rows) => rows.some(({ port }) => port === 80));
}

/** Its network gets an address, and lo is set up. */
async function furnish(session: LabSession, who: string): Promise<void> {
  await ip(
    session,
    [
      { do: 'setUp', name: 'lo' },
      { do: 'addAddress', name: 'lo', cidr: `${ADDRESS}/32` },
    ],
    who,
  );
}

/** What the network of the app looks like, and whether the sibling gets an answer from it. */
async function look(session: LabSession, app: string, sibling: string): Promise<Found> {
  const network = `/proc/${session.pid(app)}/ns/net`;
  return {
    address: await hasAddress(network, ADDRESS),
    answers: await gets(session.pid(sibling), `http://${ADDRESS}/hostname`),
    sibling: lives(session.pid(sibling)),
  };
}

function instead(id: string, what: string, ways: Partial<NetnsSockets>) {
  return {
    id,
    what,
    instead: (session: LabSession) =>
      measure(session, { app: byApp, holder: byHolder, mount: byMount, ...ways }),
  };
}

function expects(when: string, wanted: Partial<Found>): Check['fault'] {
  return ({ survived = [] }) => {
    const row = survived.find((each) => each.when === when);
    const wrong = Object.entries(wanted).filter(([what, value]) => row?.[what] !== value);
    return wrong.length === 0
      ? undefined
      : `${when}: ${wrong.map(([what, value]) => `${what} ${value ? 'was lost' : 'is still there'}`).join(', ')}`;
  };
}

function said(rows: readonly Row[] | undefined, when: string): string {
  return rows?.find((row) => row.when === when)?.answers === true ? 'yes' : 'no';
}
