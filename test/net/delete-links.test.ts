import t from 'tap';
import { deleteOurLinks } from '../../src/net/delete-links.ts';
import type { Driver, Link } from '../../src/net/driver.ts';
import type { Operation } from '../../src/net/operations.ts';
import { OperationError } from '../../src/sys/errors.ts';

const OURS = [1, 2, 3].map((n) => {
  const alias = `the mark of p${n}`;
  return { name: `v${n}`, alias, isOurs: (link: Link) => link.alias === alias };
});

/** A machine that is a list of links: what is done to it is written down. */
function machine(links: Link[], meanwhile: (links: Link[]) => void = () => {}) {
  const done: string[] = [];
  const net: Driver = {
    name: 'netlink',
    openNetnsSocket: () => undefined,
    routes: async () => [],
    hasPolicyRules: async () => false,
    tables: async () => [],
    chains: async () => [],
    links: async () => links.map((link) => ({ ...link })),
    link: async (name) => links.find((link) => link.name === name),
    async apply(operations: readonly Operation[]) {
      for (const operation of operations) {
        done.push(operation.do);
        if (operation.do === 'setGroup') {
          const at = links.findIndex(({ name }) => name === operation.name);
          if (at < 0) throw new OperationError('no such device');
          links.splice(at, 1, { ...(links[at] as Link), group: operation.group });
        }
        if (operation.do === 'deleteGroup')
          links.splice(0, links.length, ...links.filter(({ group }) => group !== operation.group));
      }
      meanwhile(links);
    },
  };
  return { net, done, left: () => links.map(({ name }) => name) };
}

const link = (name: string, alias?: string, group = 0): Link => ({ name, index: 1, mtu: 1500, alias, group });
const ours = () => OURS.map(({ name, alias }) => link(name, alias));

t.test('links that bear our mark go as one group, and no other does', async (t) => {
  const others = [link('lo'), link('v9'), link('eth0', 'the mark of p1'), link('x', 'theirs', 70000)];
  const { net, done, left } = machine([...others, ...ours()]);
  await deleteOurLinks({ net }, OURS);
  t.same(done, ['setGroup', 'setGroup', 'setGroup', 'deleteGroup']);
  t.same(left(), ['lo', 'v9', 'eth0', 'x'], 'also one that has a mark of ours under another name');
});

t.test('a foreign link of our name is not put into the group', async (t) => {
  const { net, done, left } = machine([link('v1', 'theirs'), link('v2'), link('v3', 'the mark of p3')]);
  await deleteOurLinks({ net }, OURS);
  t.same(done, ['setGroup', 'deleteGroup']);
  t.same(left(), ['v1', 'v2']);
});

t.test('a foreign link joins the group, or one of ours goes by itself: no group is deleted', async (t) => {
  for (const meanwhile of [
    (links: Link[]) =>
      void links.push(link('foreign', undefined, links.find(({ group }) => group > 0)?.group)),
    (links: Link[]) => void links.splice(0, links.length),
  ]) {
    const { net, done } = machine(ours(), meanwhile);
    await deleteOurLinks({ net }, OURS);
    t.notOk(done.includes('deleteGroup'), String(done));
  }
  const { net, done } = machine(ours());
  await deleteOurLinks({ net }, OURS);
  t.ok(done.includes('deleteGroup'), 'where neither happens (control)');
});
