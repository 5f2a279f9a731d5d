import t from 'tap';
import { acted } from '../../src/manifest/field.ts';
import { integer } from '../../src/manifest/formats.ts';
import { Container } from '../../src/manifest/kinds/container.ts';
import { KINDS } from '../../src/manifest/kinds/kinds.ts';
import type { ObjectType, Row, Shape } from '../../src/manifest/shape.ts';
import { fieldTable } from '../../src/manifest/table.ts';
import { type OfficialType, officialType } from './official.ts';

const ROOTS = {
  Pod: 'v1/Pod',
  Deployment: 'apps/v1/Deployment',
  ReplicaSet: 'apps/v1/ReplicaSet',
  ReplicationController: 'v1/ReplicationController',
  DaemonSet: 'apps/v1/DaemonSet',
  StatefulSet: 'apps/v1/StatefulSet',
  Job: 'batch/v1/Job',
  CronJob: 'batch/v1/CronJob',
  ConfigMap: 'v1/ConfigMap',
  Secret: 'v1/Secret',
  NetworkPolicy: 'networking.k8s.io/v1/NetworkPolicy',
  Namespace: 'v1/Namespace',
  Endpoints: 'v1/Endpoints',
  EndpointSlice: 'discovery.k8s.io/v1/EndpointSlice',
};

/** Fields that are newer than the schema of `kubernetes-models`. */
const YOUNGER = [
  'PodSpec.hostnameOverride',
  'PodSpec.workloadRef',
  'PodSpec.schedulingGroup',
  'PodSpec.evictionResponders',
  'Container.restartPolicyRules',
  'EnvVarSource.fileKeyRef',
  'VolumeProjection.podCertificate',
  'Toleration.operator=Lt',
  'Toleration.operator=Gt',
];

/** Selectors, which nslab replaces by a default with a warning, and what this schema alone requires in a claim. */
const TOLERATED = [
  ...['Deployment', 'ReplicaSet', 'DaemonSet', 'StatefulSet'].map((kind) => `${kind}Spec.selector`),
  ...['PersistentVolumeClaim.apiVersion', 'PersistentVolumeClaim.kind'],
];

/** The name of a type in nslab's table → its type in the declarations. */
const TYPES: Record<string, RegExp> = {
  'a string':
    /^string$|PkgApisMetaV1Time$|^"((apps|batch|(networking|discovery)\.k8s\.io)\/)?v1"$|^"(ConfigMap|Secret|Pod|Service|NetworkPolicy|Namespace|Endpoints|EndpointSlice|[A-Za-z]*(Set|Job|Controller|Deployment))"$/,
  'an integer': /^number$/,
  'a boolean': /^boolean$/,
  'a quantity': /ApiResourceQuantity$/,
  'an integer or a string': /IntstrIntOrString$/,
  map: /FieldsV1$/,
};

t.test(
  'every field of the official schema is in our table, with its type, and none is invented',
  async (t) => {
    for (const [kind, path] of Object.entries(ROOTS)) {
      const seen = new Set<ObjectType>();
      t.strictSame(differences(KINDS[kind as keyof typeof KINDS].type, officialType(path), seen), [], kind);
      if (kind === 'Pod') t.ok(seen.size > 60, `${seen.size} types`);
    }
    t.ok(fieldTable().length > 350, `${fieldTable().length} fields`);
    for (const { type, field, act, note } of fieldTable())
      if (act !== 'acted on') t.ok(note, `${type}.${field} is ${act}, and it is said why`);
  },
);

t.test('control: a missing field, an invented field and a wrong type are found', async (t) => {
  const official = officialType('v1/Container');
  const with_ = (rows: Record<string, Row>): ObjectType => ({ ...Container, rows });
  const { tty, ...without } = Container.rows as Record<string, Row>;
  t.strictSame(differences(with_(without), official), ['Container.tty is missing']);
  t.strictSame(differences(with_({ ...Container.rows, flavour: acted(integer) }), official), [
    'Container.flavour is invented',
  ]);
  t.strictSame(differences(with_({ ...Container.rows, workingDir: acted(integer) }), official), [
    'Container.workingDir: an integer, and not string',
  ]);
  t.strictSame(
    differences(
      with_({
        ...Container.rows,
        name: { ...(tty as Row), shape: (Container.rows as Record<string, Row>).workingDir?.shape as Shape },
      }),
      official,
    ),
    ['Container.name is required'],
  );
});

/** The differences between nslab's table and the official one, in all types that both have. */
function differences(ours: ObjectType, official: OfficialType, seen = new Set<ObjectType>()): string[] {
  if (seen.has(ours)) return [];
  seen.add(ours);
  const invented = Object.keys(ours.rows).filter(
    (field) => !official.properties.has(field) && !YOUNGER.includes(`${ours.name}.${field}`),
  );
  const wrong = [...official.properties].flatMap(([field, { type, optional }]) => {
    const row = Object.hasOwn(ours.rows, field) ? ours.rows[field] : undefined;
    const name = `${ours.name}.${field}`;
    if (!row) return [`${name} is missing`];
    if (row.act === 'refused') return [];
    const required = optional || row.needed || TOLERATED.includes(name) ? [] : [`${name} is required`];
    return [...required, ...compare(row.shape, type, name, official, seen)];
  });
  return [...invented.map((field) => `${ours.name}.${field} is invented`), ...wrong];
}

function compare(
  ours: Shape,
  type: string,
  name: string,
  official: OfficialType,
  seen: Set<ObjectType>,
): string[] {
  const element = /^Array<(.*)>$/.exec(type)?.[1] ?? /^\{ \[key: string\]: (.*?);? \}$/.exec(type)?.[1];
  if (element !== undefined && (ours.is === 'list' || ours.is === 'map')) {
    const same = type.startsWith('Array') === (ours.is === 'list');
    return same
      ? compare(ours.of, element, name, official, seen)
      : [`${name}: a ${ours.is}, and not ${type}`];
  }
  if (ours.is === 'object') {
    // A StatefulSet has the type of its claims written out.
    const found = type.startsWith('{') ? officialType(`v1/${ours.name}`) : official.find(type);
    return found ? differences(ours, found, seen) : [`${name}: ${ours.name}, and not ${type}`];
  }
  // nslab does not check `status`.
  if (ours.is === 'map' && name.endsWith('.status')) return [];
  const said = ours.is === 'leaf' ? ours.wants : ours.is;
  const choices = type.startsWith('"') ? type.replaceAll('"', '').split(' | ').sort() : undefined;
  if (choices && ours.is === 'leaf' && ours.choices) {
    const older = ours.choices.filter((each) => !YOUNGER.includes(`${name}=${each}`));
    return same(choices, older) ? [] : [`${name}: ${ours.choices}, and not ${choices}`];
  }
  return TYPES[said]?.test(type) ? [] : [`${name}: ${said}, and not ${type}`];
}

function same(some: readonly string[], others: readonly string[]): boolean {
  return JSON.stringify([...some].sort()) === JSON.stringify([...others].sort());
}
