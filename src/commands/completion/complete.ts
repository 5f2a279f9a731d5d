import type { Command } from 'commander';
import { networkNames } from '../../net/record.ts';
import { podFiles, podNames } from '../../pod/store.ts';
import { workloadNames } from '../../pod/workload-record.ts';
import { policyTitle } from '../../spec/policy-spec.ts';
import { serviceTitle } from '../../spec/service-spec.ts';
import { OperationError } from '../../sys/errors.ts';
import { stateRoot } from '../globals.ts';
import { printScript } from '../print.ts';
import { commandPath, FOREIGN_AFTER, operandValues, optionValues, type Values } from './values.ts';
import { findCursor, findOption, optionsOf, unquoted } from './words.ts';

/**
 * `nslab __complete -- WORD…`, which the completion scripts call: prints the candidates for the last word, a line each, with a tab
 * and a description; or `:files`. The words are as they were typed, quotes and all, and are only compared.
 */
export async function complete(program: Command, typed: readonly string[]): Promise<void> {
  const words = typed.map(unquoted);
  const current = words.at(-1) ?? '';
  const found = await candidates(program, words.slice(0, -1), current).catch((error: unknown) => {
    // A state directory that cannot be read: there is nothing to offer.
    if (error instanceof OperationError) return [];
    throw error;
  });
  if (found === 'files') printScript(':files\n');
  else
    for (const { value, about } of found) if (value.startsWith(current)) printScript(`${value}\t${about}\n`);
}

interface Candidate {
  readonly value: string;
  readonly about: string;
}

async function candidates(
  program: Command,
  before: readonly string[],
  current: string,
): Promise<readonly Candidate[] | 'files'> {
  const { command, operands, option, ended, stateDir } = findCursor(program, before);
  const path = commandPath(command);
  const listed = (values: Values) => list(values, program, stateDir);
  if (option) return listed(optionValues(path, option));
  const [, flag, stem] = /^((--[a-z-]+)=)/.exec(current) ?? [];
  if (flag !== undefined && !ended) {
    const assigned = findOption(command, program, `${stem}`);
    const values = assigned?.required ? await listed(optionValues(path, assigned)) : [];
    return values === 'files'
      ? values
      : values.map(({ value, about }) => ({ value: `${flag}${value}`, about }));
  }
  if (current.startsWith('-') && !ended)
    return optionsOf(command, program).map(({ long, short, description }) => ({
      value: `${current.startsWith('--') ? long : (long ?? short)}`,
      about: description,
    }));
  if (operands.length >= (FOREIGN_AFTER[path] ?? Number.POSITIVE_INFINITY)) return 'files';
  const names = operands.length === 0 && !ended ? subcommands(command) : [];
  const takesMore = command.registeredArguments.some(
    ({ variadic }, index) => variadic || index >= operands.length,
  );
  const values = takesMore ? await listed(operandValues(path)) : [];
  if (values === 'files') return values;
  return [...names, ...values.filter(({ value }) => !operands.includes(value))];
}

async function list(
  values: Values,
  program: Command,
  stateDir: string | undefined,
): Promise<readonly Candidate[] | 'files'> {
  if (values === 'files') return values;
  if (values === 'commands') return subcommands(program);
  if (values === 'labs') {
    const { allLabs } = await import('../../lab/lab-list.ts');
    return (await allLabs()).map(({ name, title }) => ({ value: name, about: title }));
  }
  const words = (each: readonly string[], about = '') => each.map((value) => ({ value, about }));
  if (Array.isArray(values)) return words(values as readonly string[]);
  const root = stateRoot(stateDir === undefined ? {} : { stateDir });
  const pods = () => podNames(root).filter(isName);
  const networks = () => words(networkNames(root).filter(isName), 'network');
  if (values === 'networks') return networks();
  if (values === 'services') {
    const { readServices } = await import('../../service/record.ts');
    return words(readServices(root).map(serviceTitle), 'service');
  }
  if (values === 'policies') {
    const { readPolicies } = await import('../../service/policy-record.ts');
    return words(readPolicies(root).map(policyTitle), 'NetworkPolicy');
  }
  if (values === 'pod-networks') return [...networks(), ...words(['none', 'host'])];
  if (values === 'pods') return words(pods(), 'pod');
  if (values === 'targets')
    return pods().flatMap((pod) => [
      { value: pod, about: 'pod' },
      ...workloadNames(podFiles(root, pod))
        .filter(isName)
        .map((name) => ({ value: `${pod}/${name}`, about: 'workload' })),
    ]);
  const { container } = values as Exclude<Values, string | readonly string[]>;
  return [
    ...words(
      pods().map((pod) => `container:${pod}`),
      'pod',
    ),
    ...words(container),
  ];
}

function subcommands(command: Command): Candidate[] {
  return command.commands.map((each) => ({ value: each.name(), about: each.description() }));
}

/** Skips other files of the state directory: their names could be several words to the shell. */
function isName(name: string): boolean {
  return /^[a-z0-9][a-z0-9-]*$/.test(name);
}
