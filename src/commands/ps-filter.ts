import { findPlace } from '../pod/target.ts';
import { splitName } from '../spec/names.ts';
import { InputError } from '../sys/errors.ts';
import { type NamespaceOptions, namespaceFilter, podInNamespace } from './namespace-option.ts';

/** What `ps` can be limited by. */
interface Listed {
  readonly pod: string;
  readonly name: string;
  readonly state: string;
}

export interface PsFilter {
  /** Ended workloads are listed without `-a`, too: a state or a workload was asked for. */
  readonly all: boolean;
  accepts(item: Listed): boolean;
}

/** Reads `ps NAME…` and `--filter KEY=VALUE…`. As with Docker: values of one key are alternatives, and each key must match. */
export function readPsFilter(
  root: string,
  names: readonly string[],
  filters: readonly string[],
  options: NamespaceOptions,
): PsFilter {
  const isOfNamespace = namespaceFilter(options);
  const { namespace } = options;
  const places = names.map((name) =>
    findPlace(root, namespace === undefined ? name : podInNamespace(name, namespace)),
  );
  const pairs = filters.map(readPair);
  const wanted = (key: string) => pairs.filter((pair) => pair.key === key).map(({ value }) => value);
  const [inNames, inStates] = [wanted('name'), wanted('state')];
  const some = <T>(values: readonly T[], matches: (value: T) => boolean) =>
    values.length === 0 || values.some(matches);
  return {
    all: inStates.length > 0 || places.some(({ workload }) => workload !== undefined),
    accepts: (item) =>
      some(places, ({ pod, workload }) => item.pod === pod && (workload ?? item.name) === item.name) &&
      isOfNamespace(splitName(item.pod)) &&
      some(inNames, (value) => `${item.pod}/${item.name}`.includes(value)) &&
      some(inStates, (value) => item.state.toLowerCase().startsWith(value.toLowerCase())),
  };
}

function readPair(text: string): { readonly key: string; readonly value: string } {
  const [, key, value] = /^(name|state)=(.+)$/s.exec(text) ?? [];
  if (key === undefined || value === undefined)
    throw new InputError(`--filter "${text}" is neither name=TEXT nor state=STATE`, {
      hint: 'for example --filter state=running',
    });
  return { key, value };
}
