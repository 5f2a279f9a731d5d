import { json, listing, yaml } from '../render/output.ts';
import { removePolicies } from '../service/policy-apply.ts';
import { readPolicyTable } from '../service/policy-record.ts';
import { type PolicyView, viewPolicies } from '../service/policy-view.ts';
import { countersOf } from '../service/view.ts';
import { policyTitle } from '../spec/policy-spec.ts';
import type { Selector } from '../spec/selector.ts';
import { OperationError } from '../sys/errors.ts';
import type { GlobalOptions } from './globals.ts';
import { type NamespaceOptions, namespaceFilter } from './namespace-option.ts';
import { checkFormat, type ListOptions, listForm } from './output-format.ts';
import { print } from './print.ts';
import { type ChangeOptions, openChangingSession, openSession } from './session.ts';

/** `nslab policy ls`: lists NetworkPolicies. */
export async function policyList(
  options: ListOptions & NamespaceOptions,
  globals: GlobalOptions,
): Promise<number> {
  const form = listForm(options);
  const text = await listing<PolicyView>(
    {
      kind: 'PolicyList',
      items: (await view(globals)).filter(namespaceFilter(options)),
      name: policyTitle,
      columns: [
        { head: 'NAMESPACE', wide: true, cell: ({ namespace }) => namespace },
        { head: 'NAME', cell: policyTitle },
        { head: 'SELECTOR', cell: ({ podSelector }) => selectorCell(podSelector) },
        { head: 'TYPES', cell: typesCell },
        { head: 'PODS', cell: ({ pods }) => String(pods.length) },
        { head: 'ALLOWED', cell: ({ allowed }) => (allowed === null ? '-' : String(allowed)) },
        { head: 'DROPPED', cell: ({ dropped }) => (dropped === null ? '-' : String(dropped)) },
        { head: 'ISOLATES', wide: true, cell: ({ pods }) => pods.join(',') || '-' },
      ],
    },
    form,
  );
  print(text);
  return 0;
}

function typesCell({ ingress, egress }: PolicyView): string {
  return [...(ingress ? ['Ingress'] : []), ...(egress ? ['Egress'] : [])].join(',');
}

/** As kubectl has it: `app=web,tier in (a,b)`. */
function selectorCell({ matchLabels = {}, matchExpressions = [] }: Selector): string {
  const labels = Object.entries(matchLabels).map(([key, value]) => `${key}=${value}`);
  const expressions = matchExpressions.map(({ key, operator, values = [] }) => {
    if (operator === 'Exists') return key;
    if (operator === 'DoesNotExist') return `!${key}`;
    return `${key} ${operator === 'In' ? 'in' : 'notin'} (${values.join(',')})`;
  });
  return [...labels, ...expressions].join(',') || '<all>';
}

/** `nslab policy inspect NAME…`: prints records, as a list. */
export async function policyInspect(
  names: readonly string[],
  { output }: { output?: string },
  globals: GlobalOptions,
): Promise<number> {
  const format = checkFormat(output ?? 'json', ['json', 'yaml']);
  const policies = await view(globals);
  const document = { kind: 'PolicyList', items: names.map((name) => find(policies, name)) };
  print(format === 'json' ? json(document) : await yaml(document));
  return 0;
}

/** `nslab policy rm NAME…`: removes NetworkPolicies; their pods stay. */
export async function policyRemove(
  names: readonly string[],
  options: ChangeOptions,
  globals: GlobalOptions,
): Promise<number> {
  const { host, root, announce } = await openChangingSession(globals, options);
  const policies = viewPolicies(root, undefined);
  const wanted = names.map((name) => find(policies, name));
  await removePolicies(host, root, wanted);
  for (const policy of wanted) announce(policyTitle(policy));
  return 0;
}

async function view(globals: GlobalOptions): Promise<PolicyView[]> {
  const { host, root } = await openSession(globals);
  return viewPolicies(root, await countersOf(host, readPolicyTable(root)?.table));
}

function find(policies: readonly PolicyView[], name: string): PolicyView {
  const found = policies.find((policy) => policyTitle(policy) === name);
  if (found) return found;
  throw new OperationError(`no NetworkPolicy "${name}"`, { hint: 'see `nslab policy ls`' });
}
