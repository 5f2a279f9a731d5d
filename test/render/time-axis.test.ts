import t from 'tap';
import { timeAxis } from '../../src/render/page/time-axis.ts';

const MAKING = [
  { at: 0, took: 10 },
  { at: 12, took: 20 },
  { at: 20, took: 30 },
];

t.test('an idle time is cut, so that a later call does not squeeze the others', async (t) => {
  const axis = timeAxis([...MAKING, { at: 3_600_000, took: 2 }]);
  t.equal(axis.cuts.length, 1);
  t.match(axis.cuts[0], { idle: 3_600_000 - 50 });
  t.ok(axis.position(50) > 80, `the making of the pod has most of it: ${axis.position(50)}`);
  t.equal(Math.round(axis.position(3_600_002)), 100);
  t.ok(axis.shown < 60, `${axis.shown} ms are shown`);
  const order = [0, 10, 12, 50, 3_600_000, 3_600_002].map((ms) => axis.position(ms));
  t.same(
    [...order].sort((a, b) => a - b),
    order,
    'what is later is further to the right',
  );
  t.ok(
    axis.cuts.every(({ at }) => at > axis.position(50) && at < axis.position(3_600_000)),
    'the line is in the gap',
  );
});

t.test('without one the axis is that of the clock (control)', async (t) => {
  const axis = timeAxis(MAKING);
  t.same(axis.cuts, []);
  t.equal(axis.shown, 50);
  t.equal(axis.position(25), 50);
  t.equal(timeAxis([]).position(0), 0);
  t.same(
    timeAxis([
      { at: 0, took: 100 },
      { at: 115, took: 1 },
    ]).cuts,
    [],
    'a short one is not cut',
  );
});
