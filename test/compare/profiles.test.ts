import t from 'tap';
import { profileOr } from '../../src/compare/profiles.ts';
import { readRecorded } from '../../src/compare/recorded.ts';
import { isExplained, judge } from '../../src/compare/verdict.ts';

const NAMES = ['docker', 'docker+ipc', 'docker+pid', 'podman-pod', 'kubernetes-pod', 'kubernetes-shared-pid'];
const recorded = (side: string) => readRecorded(new URL(`recorded/${side}.json`, import.meta.url).pathname);

t.test('every profile has its source, and each of its differences a reason', async (t) => {
  for (const name of NAMES) {
    const profile = profileOr(name);
    t.match(profile.source, /\S{8}/, name);
    const rows = judge(profile, recorded('nslab'));
    t.equal(rows.length, 8, 'the eight kinds of namespace');
    t.same(
      rows.filter(({ verdict }) => verdict === 'different'),
      [],
      name,
    );
  }
});

t.test('the profile of what the article does is what a real engine did', async (t) => {
  const real = recorded('docker').facts;
  // Docker gives a cgroup namespace where the kernel has version 2 mounted alone; the recorded run had version 1.
  for (const [fact, value] of Object.entries(profileOr('docker+ipc').facts))
    if (fact !== 'cgroup') t.equal(real[fact], value, fact);
  t.not(real.ipc, profileOr('docker').facts.ipc, 'and that without --ipc is another (control)');
});

t.test('a pod that shared less than Kubernetes does is not explained (control)', async (t) => {
  const ours = recorded('nslab');
  const less = { ...ours, facts: { ...ours.facts, uts: 'own' } };
  t.notOk(isExplained(judge(profileOr('kubernetes-pod'), less)));
});

t.throws(() => profileOr('no-such'), { name: 'InputError', hint: /kubernetes-pod/ });
