import fc from 'fast-check';
import t from 'tap';
import { KINDS, type KindName } from '../../src/manifest/kinds/kinds.ts';
import { ManifestError, readManifests } from '../../src/manifest/read.ts';
import { cpuTime, processStart } from '../process-starts.ts';
import { anyOf, POOL } from './generate.ts';

const RUNS = Number(process.env.NSLAB_FUZZ ?? 1000);

/** Process starts, some 40 ms each, in CPU time: enough for any input, and too few for what takes the square of a length. */
const MOST_STARTS = 40;
const MOST = MOST_STARTS * (await processStart());

const PIECES = [
  ...[
    'apiVersion: v1',
    'kind: Pod',
    'metadata:',
    'spec:',
    'containers:',
    'name: a',
    'image: b',
    'items:',
    'data:',
  ],
  ...[
    '- ',
    ': ',
    '? ',
    '[',
    ']',
    '{',
    '}',
    ',',
    '#',
    '|',
    '>',
    '>-',
    '"',
    "'",
    '&a ',
    '*a',
    '<<: *a',
    '!!str ',
    '!x ',
    '%YAML 1.1',
  ],
  ...[
    '---',
    '...',
    '\n',
    '\n  ',
    '\n    ',
    '\n- ',
    '\t',
    '\r\n',
    '\uFEFF',
    '\0',
    '~',
    'yes',
    '0644',
    '1e999',
    '.nan',
    '\u2028',
    '\uD800',
    '😀',
  ],
];

const texts = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.array(fc.constantFrom(...PIECES), { maxLength: 60 }).map((pieces) => pieces.join('')),
);

/** Any JSON value, with Kubernetes' field names as keys. */
const structures = fc
  .letrec((tie) => ({
    any: fc.oneof(
      { maxDepth: 6 },
      fc.constantFrom(...POOL, null),
      fc.array(tie('any'), { maxLength: 3 }),
      tie('map'),
    ),
    map: fc.dictionary(
      fc.constantFrom(
        'apiVersion',
        'kind',
        'metadata',
        'spec',
        'containers',
        'name',
        'image',
        'volumes',
        'template',
        'items',
        '__proto__',
        'constructor',
      ),
      tie('any'),
      { maxKeys: 6 },
    ),
  }))
  .map.map((value) => JSON.stringify({ kind: 'Pod', apiVersion: 'v1', ...(value as object) }));

const manifests = fc
  .constantFrom(...(Object.keys(KINDS) as KindName[]))
  .chain((kind) =>
    anyOf(KINDS[kind].type).map((fields) => ({
      ...(fields as object),
      kind,
      apiVersion: KINDS[kind].version,
    })),
  )
  .map((manifest) => JSON.stringify(manifest, null, 1));

/** A text with a piece removed, inserted or duplicated. */
const damaged = fc
  .tuple(manifests, fc.nat(), fc.nat(40), fc.constantFrom(...PIECES, ''))
  .map(([text, place, length, piece]) => {
    const at = place % text.length;
    return text.slice(0, at) + piece + text.slice(piece === '\n' ? at : at + length);
  });

t.test('whatever is read: a reading or a ManifestError, with a place for each fault, and soon', async (t) => {
  const count = { read: 0, refused: 0, slowest: 0 };
  for (const [name, inputs] of Object.entries({ texts, structures, manifests, damaged })) {
    fc.assert(
      fc.property(inputs, fc.boolean(), (text, ignoreUnsupported) => judge(text, ignoreUnsupported, count)),
      { numRuns: RUNS },
    );
    t.pass(name);
  }
  t.comment(count);
  t.ok(count.read > 0 && count.refused > 0, 'both happen');
});

t.test('control: another error, a fault without a position, and a long time are found', async (t) => {
  const count = { read: 0, refused: 0, slowest: 0 };
  t.throws(
    () =>
      judge('', false, count, () => {
        throw new TypeError('x is not a function');
      }),
    /not a function/,
  );
  t.notOk(
    judge('', false, count, () => {
      throw new ManifestError(['somewhere: wrong']);
    }),
  );
  t.notOk(
    judge('', false, count, () => {
      const end = cpuTime() + MOST + 10;
      while (cpuTime() < end);
    }),
  );
  t.ok(
    judge('', false, count, () => {
      throw new ManifestError(['pod.yaml:1:1: wrong']);
    }),
  );
});

function judge(
  text: string,
  ignoreUnsupported: boolean,
  count: { read: number; refused: number; slowest: number },
  read = () => void readManifests([{ name: 'pod.yaml', text }], { ignoreUnsupported }),
): boolean {
  const start = cpuTime();
  let faults: readonly string[] = [];
  try {
    read();
    count.read += 1;
  } catch (error) {
    if (!(error instanceof ManifestError)) throw error;
    faults = error.faults;
    count.refused += 1;
  }
  const took = cpuTime() - start;
  count.slowest = Math.max(count.slowest, Math.round(took));
  return (
    took < MOST &&
    faults.every((fault) => /^pod\.yaml:\d+:\d+: ./s.test(fault) && !/\[object|NaN:|: undefined/.test(fault))
  );
}
