import t from 'tap';
import { modesAsMarkdown, modesAsText } from '../../src/compare/modes/format-modes.ts';
import { MODES } from '../../src/compare/modes/mode-table.ts';
import type { Sharing } from '../../src/compare/modes/sharing.ts';
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

/** Both sides are equal in every mode; only the second mode has the given changes. */
function compared(theirs: Sharing, ours: Sharing = {}) {
  const second = (changes: Sharing) => MODES.map((_, index) => ({ ...ALONE, ...(index === 1 && changes) }));
  return modeVerdicts(
    second(theirs).map((sharing) => ({ sharing })),
    second(ours).map((sharing, index) => (index === 0 ? undefined : sharing)),
  );
}

const verdicts = (modes: ReturnType<typeof compared>) => modes.map(({ verdict }) => verdict);

t.test('each mode has its verdict', async (t) => {
  const rest = MODES.slice(2).map(() => 'same');
  t.same(verdicts(compared({})), [null, 'same', ...rest]);
  t.same(verdicts(compared({ cgroup: 'own' })), [null, 'on purpose', ...rest], 'as with cgroup v2');
  t.same(
    verdicts(compared({ ipc: 'joined' })),
    [null, 'different', ...rest],
    'changed on their side (control)',
  );
  t.same(
    verdicts(compared({}, { ipc: 'joined' })),
    [null, 'different', ...rest],
    'changed on ours (control)',
  );
  t.same(
    verdicts(compared({ uts: 'own, a copy' })),
    [null, 'different', ...rest],
    'a host name that was copied',
  );
});

t.test('as text and as Markdown', async (t) => {
  const text = modesAsText('Docker 1', compared({ ipc: 'joined', cgroup: 'own' }), 100);
  t.match(text, /^MODE +SIDE +NET +IPC .* VERDICT$/m);
  t.match(text, /^--network=container:X +Docker 1 +O +J +O /m);
  t.match(text, /^ +ours +O +O .* different$/m);
  t.match(text, /^ipc: no known reason$/m);
  t.match(text, /^cgroup: nslab leaves control groups to the host/m);
  t.match(modesAsMarkdown('Docker 1', compared({})), /^\| mode \| side \| net /);
  const [first, ...rest] = MODES.map(() => ({ sharing: ALONE }));
  const refused = modeVerdicts(
    [{ refused: 'no\u001b such mode' }, ...rest],
    MODES.map(() => ALONE),
  );
  t.match(modesAsText('Docker 1', refused, 100), ': no\\u001b such mode', 'a mode that the engine lacks');
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
