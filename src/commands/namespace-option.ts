import type { Command } from 'commander';
import { checkName, DEFAULT_NAMESPACE, qualifiedName } from '../spec/names.ts';

/** Adds kubectl's `-n` to a command whose first argument names pods or workloads: those that name no namespace are of this one. */
export function podsOfNamespace(command: Command): Command {
  return ofNamespace(command, podInNamespace);
}

/** The same for Services and policies, which are called as DNS has them: `web.shop`. */
export function objectsOfNamespace(command: Command): Command {
  return ofNamespace(command, objectInNamespace);
}

/** A name that has its namespace keeps it. */
export function podInNamespace(name: string, namespace: string): string {
  return name.includes('@') ? name : qualifiedName(namespace, name);
}

export function objectInNamespace(name: string, namespace: string): string {
  return name.includes('.') || namespace === DEFAULT_NAMESPACE ? name : `${name}.${namespace}`;
}

function ofNamespace(command: Command, qualify: (name: string, namespace: string) => string): Command {
  return command
    .option('-n, --namespace <namespace>', 'the namespace of the names (default: default)')
    .hook('preAction', (_, { processedArgs }) => {
      const { namespace } = command.opts<{ namespace?: string }>();
      if (namespace === undefined) return;
      checkName('namespace', namespace);
      const [first] = processedArgs as [string | readonly string[]];
      processedArgs[0] =
        typeof first === 'string' ? qualify(first, namespace) : first.map((name) => qualify(name, namespace));
    });
}

/** Adds `-n` and `-A` to a command that prints a list. Without either it is of all namespaces: they are all on this one machine. */
export function listOfNamespace(command: Command): Command {
  return command
    .option('-n, --namespace <namespace>', 'only those of this namespace')
    .option('-A, --all-namespaces', 'those of all namespaces (the default)');
}

export interface NamespaceOptions {
  readonly namespace?: string;
  readonly allNamespaces?: boolean;
}

/** Which of a list are wanted. */
export function namespaceFilter({
  namespace,
  allNamespaces,
}: NamespaceOptions): (item: { readonly namespace: string }) => boolean {
  const isWanted = namespace !== undefined && !allNamespaces;
  if (isWanted) checkName('namespace', namespace);
  return (item) => !isWanted || item.namespace === namespace;
}
