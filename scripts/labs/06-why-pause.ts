import type { Bench } from '../../src/lab/bench.ts';
import { alone } from '../../src/lab/deeds/alone.ts';
import { ip } from '../../src/lab/deeds/cable.ts';
import { kill } from '../../src/lab/deeds/kill.ts';
import { pin } from '../../src/lab/deeds/pin.ts';
import type { Check, Lab, Row } from '../../src/lab/lab.ts';
import { measured, note } from '../../src/lab/witness/experiment.ts';
import { hasAddress, listeners } from '../../src/lab/witness/network.ts';
import { gets, lives } from '../../src/lab/witness/programs.ts';

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
      action: (bench) => measure(bench, { app: byApp, holder: byHolder, mount: byMount }),
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
            app: (bench) => byApp(bench, { kills: false }),
          }),
        },
        {
          id: 'restart-strands',
          says: "after its restart it is in a new network: the sibling sits in the old one, as Docker's joiners do",
          fault: expects('app, restarted', { address: false, answers: false, sibling: true }),
          control: instead(
            'holder-instead-of-app',
            'it was not the app that owned the network, but a holder',
            { app: (bench) => byHolder(bench, 'app, ') },
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
              holder: (bench) => byApp(bench, { label: 'holder, app ' }),
            },
          ),
        },
        {
          id: 'holder-killed',
          says: 'a killed holder takes nobody along: the kernel keeps the network for whoever is in it',
          fault: expects('holder, killed', { address: true, answers: true, sibling: true }),
          control: instead('all-killed', 'not only the holder was killed, but the sibling, too', {
            holder: (bench) => byHolder(bench, 'holder, ', ['web', 'web/sibling']),
          }),
        },
        {
          id: 'mount-keeps',
          says: 'kept by a bind mount the address is still there when nobody is: nothing ends by itself, and nobody reaps',
          fault: expects('mount, all killed', { address: true }),
          control: instead('not-mounted', 'nothing was mounted upon that namespace', {
            mount: (bench) => byMount(bench, false),
          }),
        },
      ],
    },
  ],
} satisfies Lab;

type Found = { readonly address: boolean; readonly answers: boolean; readonly sibling: boolean };
type Way = (bench: Bench) => Promise<Row[]>;
type Ways = Readonly<Record<'app' | 'holder' | 'mount', Way>>;

/** Each way on its own, and taken back before the next. */
async function measure(bench: Bench, ways: Ways): Promise<void> {
  const rows: Row[] = [];
  for (const way of Object.values(ways)) {
    const depth = bench.depth;
    rows.push(...(await way(bench)));
    await bench.unwind(depth);
  }
  note(bench, 'survived', rows);
}

/** The app owns its network, and the sibling has joined the app. */
async function byApp(bench: Bench, { kills = true, label = 'app, ' } = {}): Promise<Row[]> {
  await alone(bench, 'app', SERVER);
  await furnish(bench, 'app');
  await alone(bench, 'sibling', ['sleep', '1000'], 'app');
  await listening(bench, 'app');
  if (kills) await kill(bench, 'app');
  const killed = { when: `${label}killed`, ...(await look(bench, 'sibling', 'sibling')) };
  await alone(bench, 'again', SERVER);
  await listening(bench, 'again');
  const restarted = await look(bench, 'again', 'sibling');
  return [killed, { when: `${label}restarted`, ...restarted }];
}

/** A holder owns the network, and both have joined it. */
async function byHolder(bench: Bench, label = 'holder, ', victims = ['web']): Promise<Row[]> {
  await bench.pod('web', { network: 'none' });
  await bench.run('web', 'app', SERVER);
  await furnish(bench, 'web');
  await bench.run('web', 'sibling', ['sleep', '1000']);
  await kill(bench, 'web/app');
  const killed = { when: `${label}app killed`, ...(await look(bench, 'web/sibling', 'web/sibling')) };
  await bench.run('web', 'again', SERVER);
  await listening(bench, 'web/again');
  const restarted = {
    when: label === 'holder, ' ? 'holder, app restarted' : `${label}restarted`,
    ...(await look(bench, 'web/again', 'web/sibling')),
  };
  for (const victim of victims) await kill(bench, victim);
  return [killed, restarted, { when: 'holder, killed', ...(await look(bench, 'web/again', 'web/sibling')) }];
}

/** Nobody lives in the network when the app has ended: a mount upon its /proc/PID/ns/net keeps it. */
async function byMount(bench: Bench, mounts = true): Promise<Row[]> {
  await alone(bench, 'app', SERVER);
  await furnish(bench, 'app');
  const kept = await pin(bench, 'keeper', mounts ? 'app' : 'host');
  await kill(bench, 'app');
  const address = await hasAddress(kept, ADDRESS);
  return [{ when: 'mount, all killed', address, answers: false, sibling: false }];
}

/** A server that was started a moment ago answers nobody yet: that would look like a network that was lost. */
async function listening(bench: Bench, who: string): Promise<void> {
  await bench.until(listeners(who), (rows) => rows.some(({ port }) => port === 80));
}

/** Its network gets an address, and lo is set up. */
async function furnish(bench: Bench, who: string): Promise<void> {
  await ip(
    bench,
    [
      { do: 'setUp', name: 'lo' },
      { do: 'addAddress', name: 'lo', cidr: `${ADDRESS}/32` },
    ],
    who,
  );
}

/** What the network of the app looks like, and whether the sibling gets an answer from it. */
async function look(bench: Bench, app: string, sibling: string): Promise<Found> {
  const network = `/proc/${bench.pid(app)}/ns/net`;
  return {
    address: await hasAddress(network, ADDRESS),
    answers: await gets(bench.pid(sibling), `http://${ADDRESS}/hostname`),
    sibling: lives(bench.pid(sibling)),
  };
}

function instead(id: string, what: string, ways: Partial<Ways>) {
  return {
    id,
    what,
    instead: (bench: Bench) => measure(bench, { app: byApp, holder: byHolder, mount: byMount, ...ways }),
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
