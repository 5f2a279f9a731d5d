import fc from 'fast-check';
import type { Leaf, ObjectType, Row, Shape } from '../../src/manifest/shape.ts';

/** The values of generated fields. A leaf takes those that its own schema accepts; a mutation takes any. */
export const POOL: readonly unknown[] = [
  ...[
    'a',
    'web',
    'web-1',
    'x.y',
    'Web',
    'a/b',
    '/a',
    '/srv/data',
    '..',
    'a b',
    '',
    'é',
    'true',
    '80',
    '-1',
    'None',
  ],
  ...[
    '10Mi',
    '500m',
    '1e3',
    '1.5',
    '10.0.0.1',
    '::1',
    '0.0.0.0',
    'localhost',
    'aGVsbG8=',
    'AA==',
    'net.a.b',
    '$(A)',
  ],
  ...[
    'metadata.name',
    'limits.cpu',
    'requests.memory',
    'v1',
    '2006-01-02T15:04:05Z',
    'Memory',
    'HugePages',
    '__proto__',
    '*/5 * * * *',
    'Asia/Shanghai',
  ],
  ...[0, 1, 2, 80, 443, -1, 1.5, 65535, 65536, 2 ** 31, 1e21, true, false],
];

/** A value of a shape, by nslab's own table. Each field is valid by itself; rules across fields may be broken. */
export function anyOf(shape: Shape): fc.Arbitrary<unknown> {
  if (shape.is === 'leaf') return fc.constantFrom(...validValues(shape));
  if (shape.is === 'list') return fc.array(anyOf(shape.of), { maxLength: 2 });
  if (shape.is === 'map')
    return fc.dictionary(fc.constantFrom('a', 'app', 'cpu', 'memory', 'x.y/z'), anyOf(shape.of), {
      maxKeys: 2,
    });
  const known = cache.get(shape);
  if (known) return known;
  const made = fc.letrec(() => ({ it: objectOf(shape) })).it;
  cache.set(shape, made);
  return made;
}

const cache = new Map<ObjectType, fc.Arbitrary<unknown>>();

function validValues(leaf: Leaf): readonly unknown[] {
  if (leaf.choices) return leaf.choices;
  const values = POOL.filter((value) => leaf.schema().safeParse(value).success);
  if (values.length === 0) throw new Error(`nothing in the pool is ${leaf.wants} of that kind`);
  return values;
}

function objectOf({ rows, choice }: ObjectType): fc.Arbitrary<unknown> {
  const usual = Object.entries(rows).filter(([key, { act }]) => act !== 'refused' && key !== 'status');
  const field = ([key, row]: [string, Row]) => [key, limited(row)] as const;
  const requiredKeys = usual.filter(([, { needed }]) => needed).map(([key]) => key);
  const whole = fc.record(Object.fromEntries(usual.filter(([key]) => !choice.includes(key)).map(field)), {
    requiredKeys,
  });
  if (choice.length === 0) return sparse(whole, requiredKeys);
  const chosen = fc.oneof(
    ...usual
      .filter(([key]) => choice.includes(key))
      .map(([key, row]) => limited(row).map((value) => ({ [key]: value }))),
  );
  return fc
    .tuple(sparse(whole, requiredKeys), chosen)
    .map(([rest, one]) => ({ ...(rest as object), ...one }));
}

/** Keeps about a third of the optional fields: with all of them, hardly any manifest would be valid. */
function sparse(record: fc.Arbitrary<unknown>, requiredKeys: readonly string[]): fc.Arbitrary<unknown> {
  return fc
    .tuple(record, fc.infiniteStream(fc.nat(9)))
    .map(([value, chance]) =>
      Object.fromEntries(
        Object.entries(value as object).filter(
          ([key]) => requiredKeys.includes(key) || chance.next().value > 6,
        ),
      ),
    );
}

function limited({ shape, limit }: Row): fc.Arbitrary<unknown> {
  return limit ? anyOf(shape).filter((value) => limit.only(value)) : anyOf(shape);
}
