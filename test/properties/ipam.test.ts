import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import t from 'tap';
import { addressAt, capacity, isPodAddress, parseSubnet } from '../../src/net/address.ts';
import { leaseAddress, leasesIn, readLease, releaseLeases } from '../../src/net/ipam.ts';
import { OperationError } from '../../src/sys/errors.ts';
import { openFiles } from '../../src/sys/files.ts';
import { Transcript } from '../../src/transcript/transcript.ts';

const RUNS = process.env.NSLAB_CAMPAIGN ? 2000 : 150;
const PODS = ['a', 'b', 'c', 'd', 'e', 'f'] as const;

const files = openFiles(new Transcript());

/** Operations on a network's addresses, in any order. `want` asks for the nth address of the subnet, valid or not. */
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('lease' as const), pod: fc.constantFrom(...PODS) }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('want' as const), pod: fc.constantFrom(...PODS), n: fc.nat(20) }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('release' as const), pod: fc.constantFrom(...PODS) }) },
);

const cidr = fc.constantFrom(
  '10.1.0.0/30',
  '10.1.0.0/29',
  '10.1.0.248/29',
  '10.1.2.0/28',
  '10.1.0.0/16',
  '10.0.0.0/8',
);

t.test(
  'any leases and releases: never two owners, never outside, and what is released is free',
  async (t) => {
    const seen = { leased: 0, taken: 0, exhausted: 0, outside: 0 };
    fc.assert(
      fc.property(cidr, fc.array(step, { maxLength: 40 }), (subnet, steps) => {
        const directory = join(t.testdir({}), 'leases', 'lab');
        const network = { name: 'lab', subnet };
        const range = parseSubnet(subnet);
        const model = new Map<string, string>();
        for (const each of steps) {
          if (each.do === 'release') {
            releaseLeases(files, directory, new Set([each.pod]));
            for (const [address, pod] of model) if (pod === each.pod) model.delete(address);
            continue;
          }
          const lease = { pod: each.pod, bootId: 'b' };
          const wanted = each.do === 'want' ? addressAt(range, each.n) : undefined;
          const got = leased(() => leaseAddress(files, directory, network, lease, wanted));
          if (got === undefined) {
            const full = model.size === capacity(range);
            const refused = wanted !== undefined && (model.has(wanted) || !isPodAddress(range, wanted));
            if (!(wanted === undefined ? full : refused)) return false;
            seen[wanted === undefined ? 'exhausted' : model.has(wanted) ? 'taken' : 'outside']++;
            continue;
          }
          seen.leased++;
          if (model.has(got) || !isPodAddress(range, got) || (wanted !== undefined && got !== wanted))
            return false;
          // The lowest free address: addresses are reused, so a network in use for a year does not run out.
          if (wanted === undefined && [...lower(range, got)].some((address) => !model.has(address)))
            return false;
          model.set(got, each.pod);
        }
        const written = new Map(leasesIn(directory).map((name) => [name, readLease(directory, name)?.pod]));
        if (model.size === 0) return !existsSync(directory) || readdirSync(directory).length === 0;
        return (
          [...model].every(([address, pod]) => written.get(address) === pod) && written.size === model.size
        );
      }),
      { numRuns: RUNS },
    );
    t.comment(seen);
    for (const [what, count] of Object.entries(seen)) t.ok(count > 0, `${what} happens (control)`);
  },
);

t.test('a lease exists whole or not at all, also beside a damaged one', async (t) => {
  const spoilt = fc.oneof(fc.string(), fc.json(), fc.constant('{"pod":"a"'));
  fc.assert(
    fc.property(spoilt, (text) => {
      const root = t.testdir({ leases: { lab: { '10.1.0.2': text } } });
      const directory = join(root, 'leases', 'lab');
      const lease = leaseAddress(
        files,
        directory,
        { name: 'lab', subnet: '10.1.0.0/29' },
        { pod: 'b', bootId: 'b' },
      );
      releaseLeases(files, directory, new Set(['b']));
      // The owner of a damaged lease is unknown: the address is not given to another pod, and the lease is kept.
      return lease === '10.1.0.3' && readFileSync(join(directory, '10.1.0.2'), 'utf8') === text;
    }),
    { numRuns: RUNS },
  );
});

/** Undefined: nslab refused it with an error of its own. */
function leased(lease: () => string): string | undefined {
  try {
    return lease();
  } catch (error) {
    if (!(error instanceof OperationError)) throw error;
    return undefined;
  }
}

function* lower(range: ReturnType<typeof parseSubnet>, address: string): Iterable<string> {
  for (let n = 2; addressAt(range, n) !== address; n++) yield addressAt(range, n);
}
