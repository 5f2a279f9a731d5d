import { readSources } from '../api/sources.ts';
import { podNames } from '../pod/store.ts';
import { takeDown } from '../pod/take-down.ts';
import { removeServices } from '../service/apply.ts';
import { disownPolicies, removePolicies } from '../service/policy-apply.ts';
import {
  type NamespaceRecord,
  type PolicyRecord,
  readNamespaces,
  readPolicies,
} from '../service/policy-record.ts';
import { readServices } from '../service/record.ts';
import { syncServices } from '../service/sync.ts';
import type { EndpointsSpec } from '../spec/endpoints-spec.ts';
import { checkName, DEFAULT_NAMESPACE, qualifiedName } from '../spec/names.ts';
import type { NamespaceSpec, PolicySpec } from '../spec/policy-spec.ts';
import type { ServiceSpec } from '../spec/service-spec.ts';
import { InputError, OperationError } from '../sys/errors.ts';
import { readNumber } from '../sys/number.ts';
import { type GlobalOptions, stateRoot } from './globals.ts';
import { podInNamespace } from './namespace-option.ts';
import { stillRunning } from './pods-at-work.ts';
import { withProgress } from './progress.ts';
import { type ChangeOptions, openChangingSession } from './session.ts';

export interface DownOptions extends ChangeOptions {
  readonly all?: boolean;
  readonly filename?: readonly string[];
  /** In seconds. */
  readonly grace?: string;
  readonly ignoreNotFound?: boolean;
  readonly namespace?: string;
}

/** `nslab down NAME… | -f FILE | --all`: stops the workloads, then removes the pod. An unknown name is an error, as for kubectl. */
export async function down(
  names: readonly string[],
  options: DownOptions,
  globals: GlobalOptions,
): Promise<number> {
  const { all = false, filename = [] } = options;
  const how = {
    grace: options.grace === undefined ? undefined : readNumber('--grace', options.grace, 'seconds'),
    leaves: true,
  };
  if ([all, names.length > 0, filename.length > 0].filter(Boolean).length !== 1)
    throw new InputError('down needs names, or -f FILE, or --all');
  const given = names.map((name) =>
    checkName('pod', podInNamespace(name, options.namespace ?? DEFAULT_NAMESPACE)),
  );
  const isFromFile = filename.length > 0;
  const {
    names: fromFile,
    services,
    endpoints,
    policies,
  } = isFromFile ? await namesIn(filename, options.namespace) : NOTHING;
  // Before gc, which removes a pod whose holder is dead: that one was there.
  const before = podNames(stateRoot(globals));
  const touches = [...given, ...fromFile];
  const session = await openChangingSession(globals, { ...options, touches });
  const known = [...before, ...podNames(session.root)];
  const wanted = all ? podNames(session.root) : touches;
  // One that another `down` removes from now on is down: no error.
  const unknown = all ? [] : wanted.filter((name) => !known.includes(name));
  const found = wanted.filter((name) => !unknown.includes(name));
  const unheld = all ? everyPolicy(session.root) : policies;
  await disownPolicies(session.host, session.root, unheld);
  await removeServices(session.host, session.root, all ? readServices(session.root) : services, endpoints);
  await withProgress((say) => {
    const pods = found.length === 1 ? `pod ${found[0]}` : `${found.length} pods`;
    say(() => `taking down ${pods}${stillRunning(session.root, found)}`);
    const ending = () => syncServices(session.host, session.root);
    return takeDown(session.host, session.root, found, { gone: session.announce, ending, how });
  });
  await removePolicies(session.host, session.root, unheld);
  if (unknown.length > 0 && !options.ignoreNotFound) refuseUnknown([...new Set(unknown)]);
  return 0;
}

function refuseUnknown([first = '', ...more]: readonly string[]): never {
  const names = more.length > 0 ? `no such pods: ${[first, ...more].join(', ')}` : `no such pod: ${first}`;
  throw new OperationError(names, { hint: 'see `nslab ps`; --ignore-not-found makes this no error' });
}

const NOTHING = { names: [], services: [], endpoints: [], policies: [] } as const;

function everyPolicy(root: string): (PolicyRecord | NamespaceRecord)[] {
  return [...readPolicies(root), ...readNamespaces(root)];
}

/** The names of a manifest's pods, its Services, and its NetworkPolicies with the namespaces' labels. Unsupported fields are no error here: `down` must accept what `up` accepted. */
async function namesIn(
  paths: readonly string[],
  namespace: string | undefined,
): Promise<{
  readonly names: readonly string[];
  readonly services: readonly Pick<ServiceSpec, 'name' | 'namespace'>[];
  readonly endpoints: readonly Pick<EndpointsSpec, 'name' | 'namespace'>[];
  readonly policies: readonly (Pick<PolicySpec, 'name' | 'namespace'> | Pick<NamespaceSpec, 'name'>)[];
}> {
  const { readManifests } = await import('../manifest/read.ts');
  const read = readManifests(readSources(paths), { ignoreUnsupported: true, namespace });
  const { pods, services, endpoints, policies, namespaces } = read;
  return {
    names: pods.map(({ namespace, name }) => qualifiedName(namespace, name)),
    services,
    endpoints,
    policies: [...policies, ...namespaces],
  };
}
