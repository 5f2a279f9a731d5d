import t from 'tap';
import { eachRole, ROLES, type Role, withPlaceholders } from '../../src/compare/compared-pod.ts';
import { identitiesOf, relation } from '../../src/compare/relation.ts';

const PIDS = { pause: 0, nginx: 1, busybox: 2 };

t.test('relations follow from identities alone', async (t) => {
  const all = (pause?: string, nginx?: string, busybox?: string) => {
    const identities = identitiesOf(PIDS, (pid) => [pause, nginx, busybox][pid]);
    return ROLES.map((role) => relation(role, identities, 'h'));
  };
  t.same(all('1', '1', '1'), ['own', 'joined', 'joined']);
  t.same(all('1', '2', '3'), ['own', 'own', 'own']);
  t.same(all('h', 'h', 'h'), ['host', 'host', 'host'], 'a pause without its own uses the host’s');
  t.same(all('h', '2', '2'), ['host', 'own', 'as nginx'], 'two joiners share without pause');
  t.same(
    all(undefined, '2', undefined),
    ['none', 'own', 'none'],
    'a missing identity has no owner (control)',
  );
});

t.test('equal values are grouped', async (t) => {
  const grouped = (values: Record<Role, string>) => eachRole(PIDS, (_, role) => values[role] ?? '');
  t.equal(await grouped({ pause: 'a', nginx: 'a', busybox: 'a' }), 'a');
  t.equal(await grouped({ pause: 'a', nginx: 'b', busybox: 'b' }), 'pause: a; nginx, busybox: b');
  t.equal(await grouped({ pause: 'a', nginx: 'b', busybox: 'a' }), 'pause, busybox: a; nginx: b');
});

t.test('words that differ from run to run are replaced', async (t) => {
  const pod = {
    pids: { pause: 1, nginx: 2, busybox: 3 },
    placeholders: { '0123456789ab': 'the id of pause' },
  };
  t.equal(withPlaceholders('0123456789ab', pod), 'the id of pause');
  t.equal(withPlaceholders('other', pod), 'other', 'another name is unchanged (control)');
});
