import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import t from 'tap';
import { forwardingText } from '../../src/net/forwarding-record.ts';
import { bearsMark, groupOf, mark, type Owner, ownerIn } from '../../src/net/names.ts';
import { checkName } from '../../src/spec/names.ts';
import { unique } from '../../src/sys/unique.ts';
import { requires } from '../requires.ts';

const RUNS = process.env.NSLAB_CAMPAIGN ? 100_000 : 5000;

/** include/uapi/linux/if.h: IFALIASZ is 256, with its NUL; libnftnl/udata.h: NFTNL_UDATA_COMMENT_MAXLEN is 128. */
const ALIAS = 255;
const COMMENT = 128;

const letters = fc.constantFrom(...'abcdefghijklmnopqrstuvwxyz234567');
const instance = fc.string({ unit: letters, minLength: 8, maxLength: 8 });
const uid = fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: 1, maxLength: 12 });
/** With blanks, colons and whole marks in it. */
const label = fc.oneof(
  fc.constantFrom('', 'pod/web', 'a label with blanks', ' ', 'nslab:abcdefgh:1 pod/web', ':1 x'),
  fc.string({ unit: fc.constantFrom(...'ab :/-1') }),
);
const owner: fc.Arbitrary<Owner> = fc.record({ instance, uid, label });
/** Two owners, most of them alike in something. */
const two = fc
  .tuple(owner, owner, fc.boolean(), fc.boolean(), fc.boolean())
  .map(([a, b, sameInstance, sameUid, sameLabel]): [Owner, Owner] => [
    a,
    {
      instance: sameInstance ? a.instance : b.instance,
      uid: sameUid ? a.uid : b.uid,
      label: sameLabel ? a.label : b.label,
    },
  ]);

t.test('a mark is that of its owner, and of no other: by instance and uid', async (t) => {
  const count = { same: 0, other: 0 };
  fc.assert(
    fc.property(two, ([a, b]) => {
      const same = a.instance === b.instance && a.uid === b.uid;
      count[same ? 'same' : 'other']++;
      return bearsMark(mark(a), a) && bearsMark(mark(a), b) === same;
    }),
    { numRuns: RUNS },
  );
  t.ok(count.same > RUNS / 10 && count.other > RUNS / 10, `both happen (control): ${JSON.stringify(count)}`);
});

t.test('a mark is read as it was written', async (t) => {
  fc.assert(
    fc.property(owner, (owner) => {
      const found = ownerIn(mark(owner));
      return found?.instance === owner.instance && found.uid === owner.uid && found.label === owner.label;
    }),
    { numRuns: RUNS },
  );
  t.same(ownerIn('nslab:abcdefgh:1'), { instance: 'abcdefgh', uid: '1', label: '' }, 'a label is not needed');
});

t.test('without a uid the label decides', async (t) => {
  const web = { instance: 'abcdefgh', uid: '1', label: 'pod/web' };
  const known = { instance: 'abcdefgh', label: 'pod/web' };
  t.ok(bearsMark(mark(web), known));
  t.ok(bearsMark(mark({ ...web, uid: '2' }), known), 'any pod of the name');
  t.notOk(bearsMark(mark({ ...web, uid: '2' }), web), 'where the uid is known, only that one (control)');
  t.notOk(bearsMark(mark({ ...web, label: 'pod/web2' }), known));
  t.notOk(bearsMark(mark({ ...web, label: 'network/web' }), known));
  t.notOk(bearsMark(mark({ ...web, instance: 'bbbbbbbb' }), known));
});

t.test('what is no mark', async (t) => {
  const good = 'nslab:abcdefgh:1 pod/web';
  t.same(ownerIn(good), { instance: 'abcdefgh', uid: '1', label: 'pod/web' }, '(control)');
  for (const text of [
    undefined,
    null,
    7,
    {},
    [good],
    '',
    'nslab',
    'nslab:pod/web',
    ` ${good}`,
    `x${good}`,
    'nslab:abcdefg:1 pod/web',
    'nslab:abcdefghi:1 pod/web',
    'nslab:ABCDEFGH:1 pod/web',
    'nslab:abcdefg1:1 pod/web',
    'nslab:abcdefgh: pod/web',
    'nslab:abcdefgh:1-2 pod/web',
    'nslab:abcdefgh:1pod/web',
    'NSLAB:abcdefgh:1 pod/web',
    `${good}\nmore`,
  ])
    t.equal(ownerIn(text), undefined, JSON.stringify(text));
});

t.test(
  'the group of an instance: a positive 32-bit number, never small, and hardly ever that of another',
  async (t) => {
    fc.assert(
      fc.property(instance, (id) => {
        const group = groupOf(id);
        return Number.isInteger(group) && group >= 2 ** 16 && group < 2 ** 31 && group === groupOf(id);
      }),
      { numRuns: RUNS },
    );
    const groups = new Set(Array.from({ length: 1000 }, (_, n) => groupOf(`${n}`)));
    t.equal(groups.size, 1000, 'a thousand instances have as many');
  },
);

t.test('the longest names', async (t) => {
  const longest = 'x'.repeat(63);
  for (const [what, length] of [
    ['pod', 200],
    ['network', 63],
    ['workload', 63],
  ] as const) {
    const name = 'x'.repeat(length);
    t.equal(checkName(what, name), name, `a ${what} may have ${length} characters`);
    t.throws(() => checkName(what, `${name}x`), `and no more (control)`);
  }
  const ids = Array.from({ length: 1000 }, unique);
  t.ok(
    ids.every((id) => /^[0-9a-z]{12}$/.test(id)),
    'a uid has 12',
  );
  for (const label of [`pod/${longest}`, `network/${longest}`]) {
    const { length } = mark({ instance: 'abcdefgh', uid: ids[0] ?? '', label });
    t.ok(length <= COMMENT, `${label.slice(0, 10)}…: ${length} of ${COMMENT} bytes of a comment`);
    t.ok(length <= ALIAS, `of ${ALIAS} bytes of an alias`);
  }
});

if (requires(t, 'root', 'ip', 'nft')) {
  t.test('the kernel and nft take the longest marks, and no longer ones', async (t) => {
    const text = mark({ instance: 'abcdefgh', uid: 'ffffffffffff', label: `network/${'x'.repeat(63)}` });
    const comment = (text: string) =>
      inNetns(
        'nft -f -',
        `table ip t {\n comment "${text}"\n map m { type mark : mark; comment "${text}"; }\n}\n`,
      );
    const alias = (text: string) => inNetns(`ip link set dev lo alias "${text}" && ip -j link show dev lo`);
    t.equal(comment(text), 0, 'a comment');
    t.equal(alias(text), 0, 'an alias');
    t.equal(comment(text.padEnd(127)), 0, 'as long as may be');
    t.not(comment(text.padEnd(129)), 0, 'a comment that is too long (control)');
    t.not(alias(text.padEnd(256, '.')), 0, 'an alias that is too long (control)');
    const device = 'x'.repeat(15);
    t.equal(
      inNetns(
        'nft -f -',
        forwardingText('abcdefgh', { prior: { [device]: '0' }, guarded: [device], bridges: [device] }),
      ),
      0,
      'and recorded values',
    );
  });
}

/** The status of a bash script in a network namespace that goes away with it. */
function inNetns(script: string, input = ''): number | null {
  const { status } = spawnSync('unshare', ['--net', 'bash', '-c', script], { input, timeout: 180_000 });
  return status;
}
