import { acted, harmless, inert, needed, object, required } from '../field.ts';
import { anything, choice, dnsLabel, flag, integer, text, time } from '../formats.ts';
import { list, map, type Read } from '../shape.ts';

const BOOKKEEPING = 'set by an API server';

const OwnerReference = inert('OwnerReference', {
  apiVersion: needed(text),
  blockOwnerDeletion: flag,
  controller: flag,
  kind: needed(text),
  name: needed(text),
  uid: needed(text),
});

const ManagedFieldsEntry = inert('ManagedFieldsEntry', {
  apiVersion: text,
  fieldsType: text,
  fieldsV1: map(anything),
  manager: text,
  operation: text,
  subresource: text,
  time,
});

/** apimachinery/pkg/apis/meta/v1/types.go */
export const ObjectMeta = object('ObjectMeta', {
  name: acted(text, 'at most 200 characters here: it becomes file names'),
  namespace: acted(dnsLabel, 'a pod of another namespace than default is called NAMESPACE@NAME'),
  labels: acted(map(text), 'read by the downward API, matched by a selector'),
  annotations: acted(map(text), 'read by the downward API; k8s.v1.cni.cncf.io/networks adds eth1 and on'),
  generateName: harmless(text, 'ignored beside a name; names are not generated'),
  creationTimestamp: harmless(time, BOOKKEEPING),
  deletionGracePeriodSeconds: harmless(integer, BOOKKEEPING),
  deletionTimestamp: harmless(time, BOOKKEEPING),
  finalizers: harmless(list(text), BOOKKEEPING),
  generation: harmless(integer, BOOKKEEPING),
  managedFields: harmless(list(ManagedFieldsEntry), BOOKKEEPING),
  ownerReferences: harmless(list(OwnerReference), BOOKKEEPING),
  resourceVersion: harmless(text, BOOKKEEPING),
  selfLink: harmless(text, BOOKKEEPING),
  uid: harmless(text, BOOKKEEPING),
});

const OPERATORS = choice('In', 'NotIn', 'Exists', 'DoesNotExist');

const LabelSelectorRequirement = object('LabelSelectorRequirement', {
  key: required(text),
  operator: required(OPERATORS),
  values: acted(list(text)),
});

/** A selector that is matched against the labels of a template. */
export const LabelSelector = object('LabelSelector', {
  matchExpressions: acted(list(LabelSelectorRequirement)),
  matchLabels: acted(map(text)),
});

/** A selector inside a field that only a cluster uses. */
export const InertSelector = inert('LabelSelector', {
  matchExpressions: list(
    inert('LabelSelectorRequirement', { key: needed(text), operator: needed(OPERATORS), values: list(text) }),
  ),
  matchLabels: map(text),
});

export const ListMeta = inert('ListMeta', {
  continue: text,
  remainingItemCount: integer,
  resourceVersion: text,
  selfLink: text,
});

export type MetaFields = Read<typeof ObjectMeta>;
export type SelectorFields = Read<typeof LabelSelector>;
