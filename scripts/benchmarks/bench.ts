import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, release } from 'node:os';
import { parseArgs } from 'node:util';
import { chart } from './chart.ts';
import { measureCommands } from './commands.ts';
import { measureCreation, measureProfile } from './creation.ts';
import { measureGrowth } from './growth.ts';
import { measureMemory } from './memory.ts';
import { pages } from './pages.ts';
import { measurePaths } from './paths.ts';
import { report } from './report.ts';
import type { Results } from './results.ts';

/** Runs the sections that are wanted, and shows and keeps what they find. Started by `scripts/bench`, which builds first. */
const SECTIONS = ['creation', 'commands', 'memory', 'paths', 'growth'];
const values = readOptions();
const rounds = positive('--rounds', values.rounds);
const counts = values.counts.split(',').map((word) => positive('--counts', word));
const crowds = values.crowds.split(',').map((word) => whole('--crowds', word));
const sections = values.only.split(',');
for (const name of sections)
  if (!SECTIONS.includes(name)) usage(`there is no section ${name}: ${SECTIONS.join(', ')}`);
if (values.readme && sections.length < SECTIONS.length)
  usage('the documents have all of the figures: --readme without --only');

const wants = (section: string) => sections.includes(section);
const say = (line: string) => {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${line}`);
};
const load = Number((loadavg()[0] ?? 0).toFixed(2));
if (load > 0.3 * availableParallelism())
  console.error(`this machine is busy (load ${load}): its figures are not worth much`);

const results: Results = {
  machine: {
    kernel: release(),
    processors: `${availableParallelism()} × ${cpus()[0]?.model ?? 'unknown'}`,
    node: process.version.slice(1),
    date: new Date().toISOString().slice(0, 10),
    load,
    rounds,
  },
  creation: wants('creation') ? await measureCreation(counts, rounds, say) : [],
  ...(wants('creation') && { profile: await section('profile', () => measureProfile(rounds)) }),
  commands: wants('commands') ? await section('commands', () => measureCommands(rounds)) : {},
  memory: wants('memory') ? await section('memory', measureMemory) : [],
  paths: wants('paths') ? await section('paths', () => measurePaths(rounds)) : [],
  ...(wants('growth') && {
    growth: await section('growth', () => measureGrowth(crowds, rounds)),
  }),
};
say('');
const shown = report(results);
console.log(shown);
mkdirSync('.bench', { recursive: true });
writeFileSync('.bench/results.json', `${JSON.stringify(results, null, 1)}\n`);
if (wants('creation')) writeFileSync('.bench/chart.svg', chart(results.creation, 100));
if (values.readme) intoDocuments();

async function section<Found>(name: string, measure: () => Promise<Found>): Promise<Found> {
  say(name);
  return await measure();
}

/** The figures into the documents that show them, and beside the sources what they were made of: a test holds them together. */
function intoDocuments(): void {
  writeFileSync('scripts/benchmarks/results.json', `${JSON.stringify(results, null, 1)}\n`);
  writeFileSync('scripts/benchmarks/chart.svg', chart(results.creation, 100));
  for (const [path, text] of pages(results, (path) => readFileSync(path, 'utf8'))) writeFileSync(path, text);
}

function readOptions() {
  try {
    return parseArgs({
      options: {
        only: { type: 'string', default: SECTIONS.join(',') },
        rounds: { type: 'string', default: '5' },
        counts: { type: 'string', default: '1,10,100,1000' },
        crowds: { type: 'string', default: '0,1000,5000' },
        readme: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    return usage((error as Error).message);
  }
}

function positive(option: string, word: string): number {
  if (!/^[1-9]\d{0,3}$/.test(word)) usage(`${option} wants whole numbers from 1 to 9999, not “${word}”`);
  return Number(word);
}

function whole(option: string, word: string): number {
  return word === '0' ? 0 : positive(option, word);
}

function usage(why: string): never {
  console.error(`bench: ${why}`);
  process.exit(2);
}
