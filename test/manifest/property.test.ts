import fc from 'fast-check';
import { DaemonSet } from 'kubernetes-models/apps/v1/DaemonSet';
import { Deployment } from 'kubernetes-models/apps/v1/Deployment';
import { ReplicaSet } from 'kubernetes-models/apps/v1/ReplicaSet';
import { StatefulSet } from 'kubernetes-models/apps/v1/StatefulSet';
import { CronJob } from 'kubernetes-models/batch/v1/CronJob';
import { Job } from 'kubernetes-models/batch/v1/Job';
import { EndpointSlice } from 'kubernetes-models/discovery.k8s.io/v1/EndpointSlice';
import { NetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1/NetworkPolicy';
import { ConfigMap } from 'kubernetes-models/v1/ConfigMap';
import { Endpoints } from 'kubernetes-models/v1/Endpoints';
import { Namespace } from 'kubernetes-models/v1/Namespace';
import { Pod } from 'kubernetes-models/v1/Pod';
import { ReplicationController } from 'kubernetes-models/v1/ReplicationController';
import { Secret } from 'kubernetes-models/v1/Secret';
import { Service } from 'kubernetes-models/v1/Service';
import t from 'tap';
import { acted } from '../../src/manifest/field.ts';
import { integerOrText } from '../../src/manifest/formats.ts';
import { Container } from '../../src/manifest/kinds/container.ts';
import { KINDS, type KindName } from '../../src/manifest/kinds/kinds.ts';
import { ManifestError, type ManifestSet, readManifests } from '../../src/manifest/read.ts';
import type { Row } from '../../src/manifest/shape.ts';
import { anyOf, POOL } from './generate.ts';
import { repaired } from './repair.ts';

const RUNS = Number(process.env.NSLAB_FUZZ ?? 2000);

type Fields = Record<string, unknown>;

const OFFICIAL = {
  ...{ Pod, Deployment, ReplicaSet, ReplicationController, DaemonSet, StatefulSet },
  ...{ Job, CronJob, ConfigMap, Secret, Service, Endpoints, EndpointSlice, NetworkPolicy, Namespace },
};

/** Manifests generated from nslab's own table, mostly valid; `mutated` has one value replaced. */
const generated = fc
  .constantFrom(...(Object.keys(KINDS) as KindName[]))
  .chain((kind) => fc.tuple(fc.constant(kind), anyOf(KINDS[kind].type)))
  .map(([kind, fields]): [KindName, Fields] => [
    kind,
    clean({ ...repaired(kind, fields as Fields), apiVersion: KINDS[kind].version, kind }) as Fields,
  ]);
const mutated = fc
  .tuple(generated, fc.nat(), fc.constantFrom(...POOL, null, [], {}, [1], { a: 1 }))
  .map(([[kind, fields], place, value]): [KindName, Fields] => [kind, changed(fields, place, value)]);

t.test('the official schema accepts everything that nslab accepts without a warning', async (t) => {
  const count = { read: 0, refused: 0 };
  fc.assert(
    fc.property(fc.oneof(generated, mutated), ([kind, fields]) => agrees(kind, fields, count)),
    { numRuns: RUNS },
  );
  t.comment(count);
  t.ok(count.read > RUNS / 10, `${count.read} were read`);
  t.ok(count.refused > RUNS / 10, `${count.refused} were not`);
});

t.test('control: a field that is less strict than Kubernetes is found', async (t) => {
  const rows = Container.rows as Record<string, Row>;
  const { workingDir } = rows;
  const pods = fc.constantFrom(...POOL).map((value) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web' },
    spec: { containers: [{ name: 'web', image: 'nginx', workingDir: value }] },
  }));
  const disagree = () => fc.check(fc.property(pods, (pod) => agrees('Pod', pod))).failed;
  t.notOk(disagree(), 'unchanged, they agree');
  rows.workingDir = acted(integerOrText);
  t.teardown(() => Object.assign(rows, { workingDir }));
  t.ok(disagree(), 'when numbers are accepted, they do not');
});

/** False: nslab accepts the manifest and Kubernetes refuses it. */
function agrees(kind: KindName, fields: Fields, count = { read: 0, refused: 0 }): boolean {
  let reading: ManifestSet;
  try {
    reading = readManifests([{ name: 'a', text: JSON.stringify(fields) }], { ignoreUnsupported: false });
  } catch (error) {
    if (!(error instanceof ManifestError)) throw error;
    count.refused += 1;
    return true;
  }
  count.read += 1;
  if (reading.warnings.length > 0) return true;
  const Model = OFFICIAL[kind] as unknown as new (fields: Fields) => { validate(): void };
  try {
    new Model(forOfficial(fields) as Fields).validate();
    return true;
  } catch {
    return false;
  }
}

/** A tree with one value replaced. */
function changed(fields: Fields, place: number, value: unknown): Fields {
  const copy = structuredClone(fields);
  const places: [Fields, string][] = [];
  const walk = (it: Fields): void => {
    for (const [key, inner] of Object.entries(it)) {
      places.push([it, key]);
      if (typeof inner === 'object' && inner !== null) walk(inner as Fields);
    }
  };
  walk(copy);
  const [parent, key] = places[place % places.length] ?? [copy, 'kind'];
  parent[key] = value;
  return copy;
}

/**
 * Removes what the published schema refuses and Kubernetes accepts: null in most fields, and the numeric operators of a
 * toleration, which are newer than the schema.
 */
function forOfficial(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(forOfficial);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([, inner]) => inner !== null);
  const older = (key: string, inner: unknown) =>
    key === 'tolerations' && Array.isArray(inner) ? inner.map(asExists) : inner;
  return Object.fromEntries(entries.map(([key, inner]) => [key, forOfficial(older(key, inner))]));
}

function asExists(toleration: Fields): Fields {
  return ['Lt', 'Gt'].includes(String(toleration.operator))
    ? { ...toleration, operator: 'Exists' }
    : toleration;
}

/** The value after JSON serialization. */
function clean(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}
