import { createHash } from 'node:crypto';
import { STYLE as PICTURE_STYLE } from '../wiring/svg-style.ts';
import { SCRIPT } from './script.ts';
import { STYLE } from './style.ts';

/** The page of a live map with its first picture. `svg` is trusted: its renderer escapes every text. */
export function livePage(svg: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="nslab">
<title>nslab map</title>
<link rel="icon" href="data:,">
<style>${STYLE}</style>
</head>
<body>
<h1>Network namespaces of this machine</h1>
<main id="map" tabindex="0">${svg}</main>
<footer>
<p id="status" role="status">This picture does not change without JavaScript.</p>
<button id="wide" type="button" aria-pressed="false">Fill the width</button>
</footer>
<script>${SCRIPT}</script>
</body>
</html>
`;
}

/** Nothing but what stands in the page, and its own server. */
export const POLICY = [
  "default-src 'none'",
  `script-src ${hashOf(SCRIPT)}`,
  `style-src ${hashOf(STYLE)} ${hashOf(PICTURE_STYLE)}`,
  'img-src data:',
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** As CSP names the text of an element. */
function hashOf(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}
