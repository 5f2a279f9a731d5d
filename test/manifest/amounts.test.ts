import fc from 'fast-check';
import t from 'tap';
import { expand } from '../../src/manifest/expand.ts';
import { bytesOf, milliOf, nanoOf } from '../../src/manifest/quantity.ts';

t.test('quantities are exact and rounded up', async (t) => {
  const bytes: [string | number, bigint][] = [
    ['0', 0n],
    ['1', 1n],
    [1.5, 2n],
    ['1.', 1n],
    ['.5', 1n],
    ['+2', 2n],
    ['1k', 1000n],
    ['1Ki', 1024n],
    ['10Mi', 10n * 1024n ** 2n],
    ['1.5Gi', 1536n * 1024n ** 2n],
    ['2M', 2_000_000n],
    ['1e3', 1000n],
    ['1E3', 1000n],
    ['1E', 10n ** 18n],
    ['1Ei', 2n ** 60n],
    ['12e-1', 2n],
    ['1m', 1n],
    ['1n', 1n],
    ['0.0000000000001', 1n],
    ['9223372036854775807', 2n ** 63n - 1n],
    ['100Ei', 2n ** 63n - 1n],
    ['1e999999999', 2n ** 63n - 1n],
    ['0e999999999', 0n],
    ['1e-999999999', 1n],
    ['-1.5', -2n],
    ['0.1Ki', 103n],
  ];
  for (const [text, value] of bytes) t.equal(bytesOf(text), value, String(text));
  const milli: [string, bigint][] = [
    ['500m', 500n],
    ['0.5', 500n],
    ['2', 2000n],
    ['1u', 1n],
    ['0.0001', 1n],
    ['1e-1', 100n],
  ];
  for (const [text, value] of milli) t.equal(milliOf(text), value, text);
});

t.test('invalid quantities', async (t) => {
  const bad = [
    '',
    ' 1',
    '1 ',
    '1.1.M',
    '1+1.0M',
    '0.1mi',
    '0.1am',
    'aoeu',
    '.5i',
    '1i',
    '-3.01i',
    '-3.01e-',
    '.',
    '-',
    '1e',
    '1KiB',
    '64mb',
    '1K',
    '0x10',
    '1_000',
    '١',
    `${'9'.repeat(500)}`,
    'Infinity',
    'NaN',
  ];
  for (const text of bad) t.equal(nanoOf(text), undefined, JSON.stringify(text.slice(0, 20)));
  t.throws(() => bytesOf('64mb'), TypeError, 'who asks has made a mistake');
  t.equal(nanoOf('1.1M'), 1_100_000n * 10n ** 9n, 'control');
});

t.test('any decimal number has its value', async () => {
  fc.assert(
    fc.property(
      fc.bigInt({ min: 0n, max: 2n ** 62n }),
      fc.constantFrom('', 'k', 'M', 'G', 'Ki', 'Mi', 'Gi'),
      (value, suffix) => {
        const factor: Record<string, bigint> = {
          '': 1n,
          k: 1000n,
          M: 10n ** 6n,
          G: 10n ** 9n,
          Ki: 1024n,
          Mi: 1024n ** 2n,
          Gi: 1024n ** 3n,
        };
        const exact = value * (factor[suffix] ?? 0n);
        const most = 2n ** 63n - 1n;
        return bytesOf(`${value}${suffix}`) === (exact > most ? most : exact);
      },
    ),
  );
});

/** A translation of kubernetes/third_party/forked/golang/expansion/expand.go: expand() must agree with it. */
function expandByStep(input: string, lookup: (name: string) => string | undefined): string {
  let out = '';
  let at = 0;
  while (at < input.length) {
    const next = input[at + 1];
    if (input[at] !== '$' || next === undefined) out += input[at++];
    else if (next === '$') {
      out += '$';
      at += 2;
    } else if (next === '(') {
      const end = input.indexOf(')', at + 2);
      if (end === -1) {
        out += '$(';
        at += 2;
      } else {
        const name = input.slice(at + 2, end);
        out += lookup(name) ?? `$(${name})`;
        at = end + 1;
      }
    } else {
      out += `$${next}`;
      at += 2;
    }
  }
  return out;
}

t.test('$(VAR) and $$', async (t) => {
  const vars: Record<string, string> = { A: 'a', B: '$(A)', EMPTY: '', 'x.y': 'dot' };
  const lookup = (name: string) => (Object.hasOwn(vars, name) ? vars[name] : undefined);
  const cases: [string, string][] = [
    ['$(A)', 'a'],
    ['x$(A)y$(A)', 'xaya'],
    ['$(B)', '$(A)'],
    ['[$(EMPTY)]', '[]'],
    ['$(x.y)', 'dot'],
    ['$(NO)', '$(NO)'],
    ['$(toString)', '$(toString)'],
    ['$$(A)', '$(A)'],
    ['$$$(A)', '$a'],
    ['$$$$', '$$'],
    ['$A $\x7bA} $', '$A $\x7bA} $'],
    ['$(A', '$(A'],
    ['$()', '$()'],
    ['$(A$(A))', '$(A$(A))'],
    ['$($(A))', '$($(A))'],
    ['', ''],
  ];
  for (const [text, expected] of cases) t.equal(expand(text, lookup), expected, text);
  const words = fc
    .array(fc.constantFrom('$', '(', ')', 'A', 'B', 'NO', ' ', '\n'))
    .map((parts) => parts.join(''));
  fc.assert(
    fc.property(words, (text) => expand(text, lookup) === expandByStep(text, lookup)),
    { numRuns: 1000 },
  );
  t.not(expandByStep('$$', lookup), '$$', 'control');
});
