import type { MapNetns, Wiring } from '../../spec/wiring.ts';
import { xml } from '../xml.ts';
import { type Layout, type Line, layOut, type Placed } from './layout.ts';
import type { Text } from './sheet.ts';
import { STYLE } from './svg-style.ts';

/**
 * The wiring as one SVG, as a file or inside a page. It uses no external font or resource, follows the light or dark theme,
 * and is byte for byte the same for the same wiring.
 */
export function wiringSvg(wiring: Wiring): string {
  const layout = layOut(wiring);
  const { width, height, cards, lines } = layout;
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" class="nslab-wiring" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="nslab-wiring-title nslab-wiring-desc">`,
    '<title id="nslab-wiring-title">Network namespaces and links</title>',
    `<desc id="nslab-wiring-desc">${xml(description(wiring))}</desc>`,
    `<style>${STYLE}</style>`,
    `<rect class="paper" width="${width}" height="${height}"/>`,
    ...lines.map(link),
    ...cards.map(card),
    ...sockets(layout),
    '</svg>',
  ].join('\n')}\n`;
}

/** A text alternative: every network namespace and every link. */
function description({ places: namespaces, cables }: Wiring): string {
  const labels = new Map(namespaces.map(({ inode, label }) => [inode, label]));
  const links = cables.map(
    ({ ends: [a, b] }) => `${a.name} of ${labels.get(a.inode)} to ${b.name} of ${labels.get(b.inode)}`,
  );
  return `${namespaces.length} network namespaces: ${namespaces.map(({ label }) => label).join(', ')}. ${links.length} links: ${links.join('; ')}.`;
}

function card({ netns, x, y, width, height, sheet }: Placed): string {
  return [
    `<g class="card ${look(netns)}" transform="translate(${round(x)} ${round(y)})">`,
    `<title>${xml([netns.label, ...netns.inside].join(' · '))}</title>`,
    `<rect class="body" width="${round(width)}" height="${round(height)}" rx="10"/>`,
    `<path class="edge" d="M.8 6A10 10 0 0 1 10 0H${round(width - 10)}A10 10 0 0 1 ${round(width - 0.8)} 6z"/>`,
    ...sheet.boxes.map(
      (box) =>
        `<rect class="${box.look}" x="${round(box.x)}" y="${round(box.y)}" width="${round(box.width)}" height="${round(box.height)}" rx="${box.look === 'pill' ? 9.5 : 7}"/>`,
    ),
    ...sheet.texts.map(text),
    '</g>',
  ].join('\n');
}

function text({ x, y, look, text, end }: Text): string {
  const anchor = end ? ' text-anchor="end"' : '';
  return `<text class="${look}" x="${round(x)}" y="${round(y)}"${anchor}>${xml(text)}</text>`;
}

function link({ from, to, bend, kind, of, ends: [a, b] }: Line): string {
  const reach = bend === 0 ? (to.x - from.x) / 2 : bend * (28 + Math.min(40, Math.abs(to.y - from.y) / 8));
  const second = bend === 0 ? to.x - reach : to.x + reach;
  const path = `M${round(from.x)} ${round(from.y)}C${round(from.x + reach)} ${round(from.y)} ${round(second)} ${round(to.y)} ${round(to.x)} ${round(to.y)}`;
  return `<path class="link ${look(of)}${kind === 'veth' ? '' : ' stacked'}" d="${path}"><title>${xml(`${a.name} – ${b.name}`)}</title></path>`;
}

/** Circles where links meet cards, drawn on top of both. */
function sockets({ lines }: Layout): string[] {
  return lines.flatMap(({ from, to, of }) =>
    [from, to].map(
      ({ x, y }) => `<circle class="socket ${look(of)}" cx="${round(x)}" cy="${round(y)}" r="4.5"/>`,
    ),
  );
}

/** The class of an owner. Only known words: names are untrusted. */
function look({ whose }: MapNetns): string {
  const by = whose[0]?.by ?? '';
  return ['host', 'pod', 'docker', 'podman', 'containerd', 'mininet', 'netns'].includes(by) ? by : 'unnamed';
}

function round(length: number): number {
  return Math.round(length * 10) / 10;
}
