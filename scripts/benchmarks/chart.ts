import type { Creation } from './results.ts';
import { median } from './statistics.ts';

const [LEFT, WIDTH, ROW, BAR] = [150, 760, 26, 14];

/** What one pod takes by each way, on a logarithmic scale: a bar a way, the fewest µs first. Legible in light and dark. */
export function chart(creation: readonly Creation[], pods: number): string {
  const best = new Map<string, Creation>();
  for (const each of creation) if (each.count <= pods) best.set(each.way, each);
  const bars = [...best.values()]
    .map(({ way, count, create }) => ({ way, count, us: median(create) }))
    .sort((a, b) => a.us - b.us);
  const [least, most] = [100, Math.max(...bars.map(({ us }) => us)) * 1.6];
  const at = (us: number) => LEFT + ((WIDTH - LEFT - 70) * Math.log(us / least)) / Math.log(most / least);
  const height = ROW * bars.length + 58;
  const marks = [1e3, 1e4, 1e5].filter((us) => us < most);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="Time to make a pod">
<style>
  text { font: 13px system-ui, sans-serif; fill: #24292f; } .small { font-size: 11px; fill: #57606a; }
  .floor { fill: #8c959f; } .ours { fill: #0969da; } .theirs { fill: #d4a72c; } line { stroke: #d0d7de; }
  @media (prefers-color-scheme: dark) { text { fill: #e6edf3; } .small { fill: #9198a1; } .ours { fill: #4493f8; } line { stroke: #3d444d; } }
</style>
<text x="8" y="18">Time to make one pod, ${pods} in a row (or as many as it says), logarithmic</text>
${marks.map((us) => `<line x1="${round(at(us))}" x2="${round(at(us))}" y1="28" y2="${height - 22}"/><text class="small" x="${round(at(us))}" y="${height - 8}" text-anchor="middle">${us / 1000} ms</text>`).join('\n')}
${bars.map((bar, index) => barOf(bar, 34 + index * ROW, at(bar.us))).join('\n')}
</svg>
`;
}

function barOf(
  { way, count, us }: { way: string; count: number; us: number },
  y: number,
  end: number,
): string {
  const kind = way.startsWith('floor') ? 'floor' : way.startsWith('nslab') ? 'ours' : 'theirs';
  const told = us < 10_000 ? `${(us / 1000).toFixed(2)} ms` : `${Math.round(us / 1000)} ms`;
  return [
    `<text x="${LEFT - 8}" y="${y + 12}" text-anchor="end">${way}</text>`,
    `<rect class="${kind}" x="${LEFT}" y="${y}" width="${round(end - LEFT)}" height="${BAR}" rx="2"/>`,
    `<text class="small" x="${round(end + 6)}" y="${y + 12}">${told}${count < 100 ? ` (${count})` : ''}</text>`,
  ].join('');
}

const round = (value: number): string => value.toFixed(1);
