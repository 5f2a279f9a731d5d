import type { Command, Option } from 'commander';
import { commandPath } from '../completion/values.ts';
import { EXAMPLES } from '../examples.ts';
import { TOPICS } from '../topics.ts';
import { bold, entry, section, text } from './roff.ts';

/** The man pages of nslab and of each command, by file name, from commander's table and the examples. */
export function manPages(program: Command, version: string): Readonly<Record<string, string>> {
  const pages = [program, ...innerOf(program)].map((command) => [
    `${pageName(command, program)}.1`,
    manPage(command, program, version),
  ]);
  return Object.fromEntries(pages) as Record<string, string>;
}

function manPage(command: Command, program: Command, version: string): string {
  const isProgram = command === program;
  const name = pageName(command, program);
  const typed = isProgram ? 'nslab' : `nslab ${commandPath(command)}`;
  const path = isProgram ? '' : commandPath(command);
  const lines = [
    `.TH ${text(name.toUpperCase())} 1 "" "nslab ${text(version)}" "nslab"`,
    ...section('NAME', `${text(name)} \\- ${text(firstClause(command.description()))}`),
    ...section('SYNOPSIS', `${bold(typed)} ${text(command.usage())}`),
    ...section('DESCRIPTION', text(sentence(command.description()))),
    ...section(
      'COMMANDS',
      ...command.commands.flatMap((each) => entry(bold(pageName(each, program)), each.description())),
    ),
    ...section('OPTIONS', ...command.options.filter(({ hidden }) => !hidden).flatMap(optionEntry)),
    ...topicSection(path),
    ...(isProgram
      ? section('EXIT STATUS', ...STATUS.flatMap(([status, means]) => entry(bold(status), means)))
      : section('GLOBAL OPTIONS', text('Those of nslab(1) may stand before or behind the command.'))),
    ...section(
      'EXAMPLES',
      ...(EXAMPLES[path] ?? []).flatMap(([line, does]) => ['.TP', bold(line), text(sentence(does))]),
    ),
    ...section(
      'SEE ALSO',
      seeAlso(command, program)
        .map((page) => `${bold(page)}(1)`)
        .join(',\n'),
    ),
  ];
  return `${lines.join('\n')}\n`;
}

function topicSection(path: string): string[] {
  const topic = TOPICS[path];
  if (!topic) return [];
  const terms = topic.terms.flatMap(([term, meaning]) => entry(bold(term), sentence(meaning)));
  return section(topic.title.toUpperCase(), ...terms);
}

function optionEntry(option: Option): string[] {
  const flags = option.flags.replace(/<([^>]*)>/g, (_, value: string) => value.toUpperCase());
  return entry(bold(flags), option.description);
}

/** nslab-network-create, as git has git-remote. */
function pageName(command: Command, program: Command): string {
  return command === program ? 'nslab' : `nslab-${commandPath(command).replaceAll(' ', '-')}`;
}

function seeAlso(command: Command, program: Command): string[] {
  if (command === program) return program.commands.map((each) => pageName(each, program));
  const relatives = [command.parent, ...command.commands].filter((each) => each != null);
  return [...new Set([...relatives.map((each) => pageName(each, program)), 'nslab'])];
}

function innerOf(command: Command): Command[] {
  return command.commands.flatMap((each) => [each, ...innerOf(each)]);
}

/** NAME is one line, which whatis(1) shows. */
function firstClause(description: string): string {
  return description.replace(/[;:].*$/s, '').replace(/\.$/, '');
}

function sentence(words: string): string {
  return `${words.charAt(0).toUpperCase()}${words.slice(1).replace(/\.$/, '')}.`;
}

const STATUS = [
  ['0', 'Done.'],
  ['1', 'The operation failed.'],
  ['2', 'Usage or invalid input; nothing was touched.'],
  ['3', 'A check of a lab or a comparison failed.'],
  ['130, 143', 'Interrupted and rolled back.'],
  [
    'run, exec',
    'The command’s own; 125 for an error of nslab, 126 not executable, 127 not found, 128+n signal n.',
  ],
] as const;
