import type { Command, Option } from 'commander';
import { EVENT_TYPES } from '../../spec/observed-event.ts';
import { WordOption } from '../command-options.ts';
import { SHELLS } from './scripts.ts';

/** What a word can be: one of a list, or the name of something. */
export type Values =
  | readonly string[]
  | 'pods'
  | 'targets'
  | 'networks'
  | 'services'
  | 'policies'
  | 'pod-networks'
  | 'labs'
  | 'commands'
  | 'files'
  | Joined;

/** `container:POD`, and other words. */
interface Joined {
  readonly container: readonly string[];
}

/** What the value of an option can be. */
export function optionValues(command: string, option: Option): Values {
  if (option instanceof WordOption) return option.words;
  return OPTIONS[`${command} ${option.long}`] ?? OPTIONS[`${option.long}`] ?? [];
}

/** What an operand of a command can be. */
export function operandValues(command: string): Values {
  return OPERANDS[command] ?? [];
}

/** After how many operands the words are another program's. */
export const FOREIGN_AFTER: Readonly<Record<string, number>> = { exec: 1, run: 0 };

/** The words of a command before its own name: `network rm`. */
export function commandPath(command: Command): string {
  const parent = command.parent;
  return parent?.parent ? `${commandPath(parent)} ${command.name()}` : command.name();
}

const OPTIONS: Readonly<Record<string, Values>> = {
  '--state-dir': 'files',
  '--transcript': 'files',
  '--filename': 'files',
  '--out': 'files',
  '--write': 'files',
  '--save': 'files',
  '--saved': 'files',
  '--volume': 'files',
  '--volumes': 'files',
  '--workdir': 'files',
  '--color': ['auto', 'always', 'never'],
  '--pod': 'pods',
  '--share': ['net', 'ipc', 'uts', 'pid', 'net,ipc,uts', 'net,ipc,uts,pid'],
  'up --network': 'pod-networks',
  'hold --network': 'pod-networks',
  'hold --netns': ['attach'],
  'run --network': { container: ['none', 'host'] },
  'run --ipc': { container: ['host'] },
  'run --pid': { container: ['host'] },
  'run --uts': { container: ['host'] },
  'kill --signal': ['KILL', 'TERM', 'INT', 'HUP', 'QUIT', 'USR1', 'USR2', 'STOP', 'CONT'],
};

const OPERANDS: Readonly<Record<string, Values>> = {
  down: 'pods',
  transcript: 'pods',
  report: 'pods',
  ns: 'targets',
  'ns why': 'targets',
  trace: 'targets',
  ping: 'targets',
  capture: 'targets',
  events: EVENT_TYPES,
  ps: 'targets',
  inspect: 'targets',
  exec: 'targets',
  logs: 'targets',
  stop: 'targets',
  kill: 'targets',
  wait: 'targets',
  restart: 'targets',
  rm: 'targets',
  'network rm': 'networks',
  'network inspect': 'networks',
  'service rm': 'services',
  'service inspect': 'services',
  'policy rm': 'policies',
  'policy inspect': 'policies',
  endpoints: 'services',
  'lab show': 'labs',
  'lab run': 'labs',
  'lab drill': 'labs',
  'lab export': 'labs',
  'lab grade': 'files',
  completion: SHELLS,
  help: 'commands',
};
