import fc from 'fast-check';
import t from 'tap';
import { kernelName } from '../../src/net/names.ts';
import { checkHostname, checkName } from '../../src/spec/names.ts';
import { InputError } from '../../src/sys/errors.ts';

const RUNS = process.env.NSLAB_CAMPAIGN ? 100_000 : 5000;

const RESERVED = ['all', 'default', 'host', 'none'];

/** Arbitrary strings, many of them almost a name. */
const nearly = fc.string({ unit: fc.constantFrom(...'abz019-._/ A\n\0%@ä'), maxLength: 70 });
const text = fc.oneof(nearly, fc.string({ unit: 'binary', maxLength: 300 }), fc.string({ unit: 'grapheme' }));

t.test('a name is accepted if and only if it is valid as host name, file name and argument', async (t) => {
  fc.assert(
    fc.property(text, (name) => {
      for (const what of ['pod', 'workload', 'network'] as const) {
        if (passes(() => checkName(what, name)) !== (what === 'pod' ? isPodName(name) : isLabel(name, what)))
          return false;
      }
      return true;
    }),
    { numRuns: RUNS },
  );
  fc.assert(
    fc.property(text, (name) => !passes(() => checkHostname(name)) || isHostname(name)),
    { numRuns: RUNS },
  );
  t.ok(
    passes(() => checkName('pod', 'web')) && !passes(() => checkName('pod', 'host')),
    'both happen (control)',
  );
  t.ok(
    passes(() => checkName('workload', 'host')) &&
      passes(() => checkName('pod', 'lab@web')) &&
      !passes(() => checkName('pod', 'default@web')),
    'a container may have any label; one pod has one name',
  );
  t.ok(!passes(() => checkHostname('a..b')) && passes(() => checkHostname('a.b')));
});

t.test("a kernel object's name fits, says whose it is, and another salt gives another", async (t) => {
  fc.assert(
    fc.property(text, fc.constantFrom('nsv', 'nsbr', 'nslab_'), fc.nat(1000), (owner, prefix, salt) => {
      const name = kernelName(prefix, owner, salt);
      return (
        // IFNAMSIZ includes the NUL. No character that iproute2, nft or a shell would interpret.
        Buffer.byteLength(name) <= 15 &&
        /^[a-z_]+[a-z2-7]{8}$/.test(name) &&
        name.startsWith(prefix) &&
        name === kernelName(prefix, owner, salt) &&
        name !== kernelName(prefix, owner, salt + 1)
      );
    }),
    { numRuns: RUNS },
  );
  const cut = (prefix: string, owner: string): string => (prefix + owner).slice(0, 15);
  t.equal(
    cut('nsv', 'a-long-pod-name-1'),
    cut('nsv', 'a-long-pod-name-2'),
    'names that are cut collide (control)',
  );
  t.not(kernelName('nsv', 'a-long-pod-name-1', 0), kernelName('nsv', 'a-long-pod-name-2', 0));
});

/** An InputError is a refusal. Any other error is a fault of nslab. */
function passes(check: () => unknown): boolean {
  try {
    check();
    return true;
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return false;
  }
}

/** An independent implementation, without a regular expression. RFC 1123 */
/** A subdomain of the DNS; its length is what a file name leaves beside an instance's id. */
function isPodName(name: string): boolean {
  const ends = 'abcdefghijklmnopqrstuvwxyz0123456789';
  const isPart = (part: string) =>
    [...part].every((letter) => `${ends}-`.includes(letter)) &&
    ends.includes(part[0] ?? ' ') &&
    ends.includes(part.at(-1) ?? ' ');
  const [own = '', namespace] = name.split('@').reverse();
  const isInNamespace =
    namespace === undefined || (namespace !== 'default' && isLabel(namespace, 'workload'));
  const isOne = name.split('@').length <= 2 && own.split('.').every(isPart);
  return name.length <= 200 && isOne && isInNamespace && !RESERVED.includes(name);
}

function isLabel(name: string, what: 'workload' | 'network'): boolean {
  const ends = 'abcdefghijklmnopqrstuvwxyz0123456789';
  const fits =
    name.length >= 1 && name.length <= 63 && [...name].every((letter) => `${ends}-`.includes(letter));
  return (
    fits &&
    ends.includes(name[0] ?? ' ') &&
    ends.includes(name.at(-1) ?? ' ') &&
    (what === 'workload' || !RESERVED.includes(name))
  );
}

/** At most HOST_NAME_MAX characters (sethostname(2)), and no character that separates names in /etc/hosts. */
function isHostname(name: string): boolean {
  return (
    name.length > 0 && name.length <= 64 && /^[A-Za-z0-9.-]+$/.test(name) && !/^[.-]|[.-]$|\.\./.test(name)
  );
}
