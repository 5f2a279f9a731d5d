import t from 'tap';
import { modesAsMarkdown, modesAsText } from '../../src/compare/modes/format.ts';
import type { Sharing } from '../../src/compare/modes/sharing.ts';
import { MODES } from '../../src/compare/modes/table.ts';
import { modeVerdicts } from '../../src/compare/modes/verdicts.ts';

const OWN = 'own';
const HOST = 'host';
const ALONE: Sharing = {
  net: OWN,
  ipc: OWN,
  uts: OWN,
  pid: OWN,
  mnt: OWN,
  user: HOST,
  cgroup: HOST,
  time: HOST,
};

/** In every mode the same, but for what is planted in the second. */
function judged(theirs: Sharing, ours: Sharing = {}) {
  const second = (planted: Sharing) => MODES.map((_, at) => ({ ...ALONE, ...(at === 1 && planted) }));
  return modeVerdicts(
    second(theirs).map((sharing) => ({ sharing })),
    second(ours).map((sharing, at) => (at === 0 ? undefined : sharing)),
  );
}

const verdicts = (modes: ReturnType<typeof judged>) => modes.map(({ verdict }) => verdict);

t.test('each mode has its verdict', async (t) => {
  const rest = MODES.slice(2).map(() => 'same');
  t.same(verdicts(judged({})), [null, 'same', ...rest]);
  t.same(verdicts(judged({ cgroup: 'own' })), [null, 'on purpose', ...rest], 'as with cgroup v2');
  t.same(
    verdicts(judged({ ipc: 'joined' })),
    [null, 'different', ...rest],
    'planted on their side (control)',
  );
  t.same(verdicts(judged({}, { ipc: 'joined' })), [null, 'different', ...rest], 'planted on ours (control)');
  t.same(
    verdicts(judged({ uts: 'own, a copy' })),
    [null, 'different', ...rest],
    'a name that was not copied',
  );
});

t.test('told', async (t) => {
  const text = modesAsText('Docker 1', judged({ ipc: 'joined', cgroup: 'own' }), 100);
  t.match(text, /^MODE +SIDE +NET +IPC .* VERDICT$/m);
  t.match(text, /^--network=container:X +Docker 1 +O +J +O /m);
  t.match(text, /^ +ours +O +O .* different$/m);
  t.match(text, /^ipc: nobody knows why$/m);
  t.match(text, /^cgroup: we leave control groups to this host/m);
  t.match(modesAsMarkdown('Docker 1', judged({})), /^\| mode \| side \| net /);
  const [first, ...rest] = MODES.map(() => ({ sharing: ALONE }));
  const refused = modeVerdicts(
    [{ refused: 'no\u001b such mode' }, ...rest],
    MODES.map(() => ALONE),
  );
  t.match(modesAsText('Docker 1', refused, 100), ': no\\u001b such mode', 'an engine that lacks one says so');
  t.equal(refused[0]?.verdict, null);
  t.equal(
    modeVerdicts(
      [first ?? { refused: '' }, ...rest],
      MODES.map(() => ALONE),
    )[0]?.verdict,
    'same',
    '(control)',
  );
});
