import t from 'tap';
import { each, ROLES, type Role, withMeanings } from '../../src/compare/compared-pod.ts';
import { identitiesOf, relation } from '../../src/compare/relation.ts';

const PIDS = { pause: 0, nginx: 1, busybox: 2 };

t.test('whose is it? by identity alone', async (t) => {
  const all = (pause?: string, nginx?: string, busybox?: string) => {
    const identities = identitiesOf(PIDS, (pid) => [pause, nginx, busybox][pid]);
    return ROLES.map((role) => relation(role, identities, 'h'));
  };
  t.same(all('1', '1', '1'), ['own', 'joined', 'joined']);
  t.same(all('1', '2', '3'), ['own', 'own', 'own']);
  t.same(all('h', 'h', 'h'), ['host', 'host', 'host'], 'a pause that has none of its own shares the host’s');
  t.same(all('h', '2', '2'), ['host', 'own', 'as nginx'], 'two that share without the pause');
  t.same(all(undefined, '2', undefined), ['none', 'own', 'none'], 'what is not there is nobody’s (control)');
});

t.test('equal values are said once', async (t) => {
  const said = (values: Record<Role, string>) => each(PIDS, (_, role) => values[role] ?? '');
  t.equal(await said({ pause: 'a', nginx: 'a', busybox: 'a' }), 'a');
  t.equal(await said({ pause: 'a', nginx: 'b', busybox: 'b' }), 'pause: a; nginx, busybox: b');
  t.equal(await said({ pause: 'a', nginx: 'b', busybox: 'a' }), 'pause, busybox: a; nginx: b');
});

t.test('what is of one run alone is said by its meaning', async (t) => {
  const trio = { pids: { pause: 1, nginx: 2, busybox: 3 }, meanings: { '0123456789ab': 'the id of pause' } };
  t.equal(withMeanings('0123456789ab', trio), 'the id of pause');
  t.equal(withMeanings('other', trio), 'other', 'and another name as it is (control)');
});
