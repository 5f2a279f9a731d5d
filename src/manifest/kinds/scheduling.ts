import { inert, needed } from '../field.ts';
import { choice, integer, range, text } from '../formats.ts';
import { list } from '../shape.ts';
import { InertSelector } from './meta.ts';

// Scheduling in a cluster. nslab has one machine: these fields are checked and ignored.
// k8s.io/api/core/v1/types.go

const weight = range(1, 100, 'must be in the range 1-100');

const NodeSelectorRequirement = inert('NodeSelectorRequirement', {
  key: needed(text),
  operator: needed(choice('In', 'NotIn', 'Exists', 'DoesNotExist', 'Gt', 'Lt')),
  values: list(text),
});

const NodeSelectorTerm = inert('NodeSelectorTerm', {
  matchExpressions: list(NodeSelectorRequirement),
  matchFields: list(NodeSelectorRequirement),
});

const PodAffinityTerm = inert('PodAffinityTerm', {
  labelSelector: InertSelector,
  matchLabelKeys: list(text),
  mismatchLabelKeys: list(text),
  namespaceSelector: InertSelector,
  namespaces: list(text),
  topologyKey: needed(text),
});

const NodeAffinity = inert('NodeAffinity', {
  preferredDuringSchedulingIgnoredDuringExecution: list(
    inert('PreferredSchedulingTerm', { preference: needed(NodeSelectorTerm), weight: needed(weight) }),
  ),
  requiredDuringSchedulingIgnoredDuringExecution: inert('NodeSelector', {
    nodeSelectorTerms: needed(list(NodeSelectorTerm)),
  }),
});

const besidePods = {
  preferredDuringSchedulingIgnoredDuringExecution: list(
    inert('WeightedPodAffinityTerm', { podAffinityTerm: needed(PodAffinityTerm), weight: needed(weight) }),
  ),
  requiredDuringSchedulingIgnoredDuringExecution: list(PodAffinityTerm),
};

export const Affinity = inert('Affinity', {
  nodeAffinity: NodeAffinity,
  podAffinity: inert('PodAffinity', besidePods),
  podAntiAffinity: inert('PodAntiAffinity', besidePods),
});

export const Toleration = inert('Toleration', {
  effect: choice('NoSchedule', 'PreferNoSchedule', 'NoExecute'),
  key: text,
  operator: choice('Equal', 'Exists', 'Lt', 'Gt'),
  tolerationSeconds: integer,
  value: text,
});

export const TopologySpreadConstraint = inert('TopologySpreadConstraint', {
  labelSelector: InertSelector,
  matchLabelKeys: list(text),
  maxSkew: needed(range(1, 2 ** 31 - 1, 'must be greater than zero')),
  minDomains: range(1, 2 ** 31 - 1, 'must be greater than zero'),
  nodeAffinityPolicy: choice('Honor', 'Ignore'),
  nodeTaintsPolicy: choice('Honor', 'Ignore'),
  topologyKey: needed(text),
  whenUnsatisfiable: needed(choice('DoNotSchedule', 'ScheduleAnyway')),
});
