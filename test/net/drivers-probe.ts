import { execFileSync } from 'node:child_process';
import { openIp } from '../../src/net/ip.ts';
import { openNetlink } from '../../src/net/netlink.ts';
import type { Operation } from '../../src/net/operations.ts';
import { prepareWindow } from '../../src/ns/window.ts';
import { openLibc } from '../../src/sys/libc.ts';
import type { Event } from '../../src/transcript/event.ts';
import { Transcript } from '../../src/transcript/transcript.ts';

/**
 * Carries out operations by one of the drivers, in the network namespace in which it is started, and prints what came of
 * it: what iproute2 says is there, what the driver says, what stands in the transcript, what failed.
 */
const [name, text = '[]', rules = ''] = process.argv.slice(2);
const events: Event[] = [];
await prepareWindow();
const kernel = { libc: await openLibc(), transcript: new Transcript((event) => events.push(event)) };
const driver = name === 'ip' ? openIp(kernel, []) : openNetlink(kernel);
if (rules) execFileSync('nft', ['-f', '-'], { input: rules });
const failures: string[] = [];
for (const batch of JSON.parse(text) as Operation[][]) {
  const here = batch.map((each) => (each.do === 'addVeth' ? { ...each, peerNetnsOf: process.pid } : each));
  await driver.apply(here).catch((error: Error) => failures.push(error.message));
}
const ip = (...words: string[]) => JSON.parse(execFileSync('ip', ['-d', '-j', ...words]).toString() || '[]');
const said = {
  links: await driver.links(),
  routes: await driver.routes(),
  hasPolicyRules: await driver.hasPolicyRules(),
  none: await driver.link('none'),
  tables: await driver.tables(),
  chains: await driver.chains(),
};
process.stdout.write(
  JSON.stringify({ there: { links: ip('address'), routes: ip('route') }, said, failures, events }),
);
