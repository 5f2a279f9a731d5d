import t from 'tap';
import { readProfile } from '../../src/compare/profiles.ts';
import { readRecorded } from '../../src/compare/recorded.ts';
import { compareFacts, isExplained } from '../../src/compare/verdict.ts';

const NAMES = ['docker', 'docker+ipc', 'docker+pid', 'podman-pod', 'kubernetes-pod', 'kubernetes-shared-pid'];
const recorded = (side: string) => readRecorded(new URL(`recorded/${side}.json`, import.meta.url).pathname);

t.test('every profile has a source, and every difference a known reason', async (t) => {
  for (const name of NAMES) {
    const profile = readProfile(name);
    t.match(profile.source, /\S{8}/, name);
    const rows = compareFacts(profile, recorded('nslab'));
    t.equal(rows.length, 8, 'the eight kinds of namespace');
    t.same(
      rows.filter(({ verdict }) => verdict === 'different'),
      [],
      name,
    );
  }
});

t.test('the profile of the article’s options equals the facts of a real engine', async (t) => {
  const real = recorded('docker').facts;
  // Docker makes a cgroup namespace only with cgroup v2; the recorded run had v1.
  for (const [fact, value] of Object.entries(readProfile('docker+ipc').facts))
    if (fact !== 'cgroup') t.equal(real[fact], value, fact);
  t.not(real.ipc, readProfile('docker').facts.ipc, 'the profile without --ipc differs (control)');
});

t.test('sharing less than Kubernetes is not explained (control)', async (t) => {
  const ours = recorded('nslab');
  const less = { ...ours, facts: { ...ours.facts, uts: 'own' } };
  t.notOk(isExplained(compareFacts(readProfile('kubernetes-pod'), less)));
});

t.throws(() => readProfile('no-such'), { name: 'InputError', hint: /kubernetes-pod/ });
