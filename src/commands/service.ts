import { json, listing, yaml } from '../render/output.ts';
import { removeServices } from '../service/apply.ts';
import { portTitle } from '../service/record.ts';
import { hitsOf, type ServiceView, viewServices } from '../service/view.ts';
import { serviceTitle } from '../spec/service-spec.ts';
import { OperationError } from '../sys/errors.ts';
import type { GlobalOptions } from './globals.ts';
import { type NamespaceOptions, namespaceFilter, objectInNamespace } from './namespace-option.ts';
import { checkFormat, type ListOptions, listForm } from './output-format.ts';
import { print } from './print.ts';
import { type ChangeOptions, openChangingSession, openSession } from './session.ts';

/** `nslab service ls`: lists Services. */
export async function serviceList(
  options: ListOptions & NamespaceOptions,
  globals: GlobalOptions,
): Promise<number> {
  const form = listForm(options);
  const services = (await view(globals)).filter(namespaceFilter(options));
  const text = await listing<ServiceView>(
    {
      kind: 'ServiceList',
      items: services,
      name: serviceTitle,
      columns: [
        { head: 'NAMESPACE', wide: true, cell: ({ namespace }) => namespace },
        { head: 'NAME', cell: serviceTitle },
        { head: 'TYPE', cell: ({ type }) => type },
        { head: 'CLUSTER-IP', cell: ({ clusterIP, externalName }) => clusterIP ?? externalName ?? '-' },
        { head: 'PORTS', cell: ({ ports }) => ports.map(portCell).join(',') || '-' },
        { head: 'READY', cell: ({ ready, endpoints }) => `${ready}/${endpoints}` },
        { head: 'HITS', cell: ({ hits }) => (hits === null ? '-' : String(hits)) },
        { head: 'SELECTOR', wide: true, cell: ({ selector }) => selectorCell(selector) },
      ],
    },
    form,
  );
  print(text);
  return 0;
}

function portCell({ port, protocol, nodePort }: ServiceView['ports'][number]): string {
  return `${port}${nodePort === undefined ? '' : `:${nodePort}`}/${protocol}`;
}

function selectorCell(selector: ServiceView['selector']): string {
  const words = Object.entries(selector ?? {}).map(([key, value]) => `${key}=${value}`);
  return words.join(',') || '-';
}

/** `nslab service inspect NAME…`: prints records, as a list. */
export async function serviceInspect(
  names: readonly string[],
  { output }: { output?: string },
  globals: GlobalOptions,
): Promise<number> {
  const format = checkFormat(output ?? 'json', ['json', 'yaml']);
  const services = await view(globals);
  const document = { kind: 'ServiceList', items: names.map((name) => find(services, name)) };
  print(format === 'json' ? json(document) : await yaml(document));
  return 0;
}

/** `nslab service rm NAME…`: removes Services; their pods stay. */
export async function serviceRemove(
  names: readonly string[],
  options: ChangeOptions,
  globals: GlobalOptions,
): Promise<number> {
  const { host, root, announce } = await openChangingSession(globals, options);
  const services = viewServices(root, undefined);
  const wanted = names.map((name) => find(services, name));
  await removeServices(host, root, wanted);
  for (const service of wanted) announce(serviceTitle(service));
  return 0;
}

/** `nslab endpoints [SERVICE…]`: the pods behind Services. */
export async function endpoints(
  names: readonly string[],
  options: ListOptions & NamespaceOptions,
  globals: GlobalOptions,
): Promise<number> {
  const form = listForm(options);
  const services = (await view(globals)).filter(namespaceFilter(options));
  const { namespace } = options;
  const titles = namespace === undefined ? names : names.map((name) => objectInNamespace(name, namespace));
  const wanted = titles.length === 0 ? services : titles.map((name) => find(services, name));
  const text = await listing(
    {
      kind: 'EndpointsList',
      items: wanted.flatMap(({ behind }) => behind),
      name: ({ service, pod, address }) => `${service} ${pod ?? address}`,
      columns: [
        { head: 'SERVICE', cell: ({ service }) => service },
        { head: 'PORT', cell: ({ port }) => portTitle(port) },
        { head: 'POD', cell: ({ pod }) => pod ?? '-' },
        { head: 'ADDRESS', cell: ({ address, target }) => `${address}:${target}` },
        { head: 'READY', cell: ({ ready }) => (ready ? 'yes' : 'no') },
        { head: 'HITS', cell: ({ hits }) => (hits === null ? '-' : String(hits)) },
      ],
    },
    form,
  );
  print(text);
  return 0;
}

/** With what the kernel has counted, where it can be asked. */
async function view(globals: GlobalOptions): Promise<ServiceView[]> {
  const { host, root } = await openSession(globals);
  return viewServices(root, await hitsOf(host, root));
}

function find(services: readonly ServiceView[], name: string): ServiceView {
  const found = services.find((service) => serviceTitle(service) === name);
  if (found) return found;
  throw new OperationError(`no service "${name}"`, { hint: 'see `nslab service ls`' });
}
