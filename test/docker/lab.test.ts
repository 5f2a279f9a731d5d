import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import type { LabReport } from '../../src/lab/json-reporter.ts';
import { bundle } from '../bundle.ts';
import { PretendHost, type Result } from '../campaign/pretend-host.ts';
import { nslab as program } from '../campaign/program.ts';
import { eventually } from '../eventually.ts';
import { processStart } from '../process-starts.ts';
import { requires } from '../requires.ts';
import { Engine } from './engine.ts';

if (requires(t, 'root', 'ip', 'nft', 'dockerd', 'nginx', 'busybox')) {
  t.test('the lab that compares with Docker', async (t) => {
    await using host = await PretendHost.create({ uplink: true, tmp: true });
    const lab = (env: Record<string, string> = {}) =>
      host.run([...program.argv, 'lab', 'run', 'docker-compare', '-o', 'json'], { env });
    const skipped = await lab();
    t.match(skipped, { status: 0, stderr: /lab "docker-compare" is skipped: no Docker engine answers/ });

    await using engine = await Engine.start(host);
    const env = { DOCKER_HOST: engine.command()[2] ?? '' };
    const everything = async () =>
      `${await engine.must('ps', '-aq')} ${await engine.must('images', '-aq')} ${(await host.run([...program.argv, 'ps', '-aq'])).stdout}`;
    const before = await everything();

    await t.test('every check holds, and nothing is left', async (t) => {
      const [report] = reportsOf(await lab(env));
      t.equal(report?.failed, 0, JSON.stringify(report?.steps.flatMap(({ checks }) => checks)));
      t.equal(report?.steps.length, 3);
      t.equal(report?.steps.flatMap(({ predictions }) => predictions).length, 3);
      const [docker, ours, facts] = report?.steps ?? [];
      t.match(docker?.evidence.commands, [{ command: /^docker run .*--ipc=shareable/ }, {}, {}]);
      t.match(ours?.predictions, [{ answer: 'yes' }]);
      t.match(docker?.predictions, [{ answer: 'no' }]);
      t.ok((facts?.evidence.facts?.length ?? 0) > 3, 'and some facts differ on purpose');
      t.equal(await everything(), before);
    });

    await t.test('every check fails under its negative control', async (t) => {
      const probe = await bundle(t, new URL('../labs/probe.ts', import.meta.url));
      const { stdout, stderr } = await host.run(['node', probe, 'controls', '09-docker-compare'], {
        env,
      });
      const results = stdout
        .trim()
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line));
      t.equal(results.length, 5, stderr);
      for (const { check, broken, repaired, error, control } of results) {
        t.equal(error, undefined, check);
        t.type(broken, 'string', `${check} fails by ${control}: ${broken}`);
        t.equal(repaired, undefined, `${check} holds again after the repair`);
      }
      t.ok(await eventually(async () => (await everything()) === before), 'and nothing is left');
    });

    await t.test('interrupted, or killed', async (t) => {
      for (const [signal, moment] of [
        ['SIGINT', 17],
        ['SIGKILL', 32],
      ] as const) {
        const { status, stderr } = await host.run([...program.argv, 'lab', 'run', 'docker-compare'], {
          env,
          during: async (running) => {
            await sleep(moment * (await processStart()));
            running.signal(signal);
          },
        });
        t.ok([130, 137, 0].includes(status), `${signal}: ${status} ${stderr}`);
        if (signal === 'SIGKILL') await host.run([...program.argv, 'gc'], { env });
        t.ok(await eventually(async () => (await everything()) === before), `${signal}: nothing is left`);
      }
    });
  });
}

function reportsOf({ stdout, stderr }: Result): LabReport[] {
  if (stdout === '') throw new Error(stderr);
  return (JSON.parse(stdout) as { items: LabReport[] }).items;
}
