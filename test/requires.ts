import { spawnSync } from 'node:child_process';
import type { Test } from 'tap';

/**
 * Skips the rest of a test, with the reason, on a machine that lacks something; returns false then.
 * Where NSLAB_MUST_WORK=1 (CI) it fails instead: a suite that skipped everything must not look like one that passed.
 */
export function requires(t: Test, ...what: readonly Need[]): boolean {
  const missing = what.filter((need) => !PROBES[need]());
  if (missing.length === 0) return true;
  skip(t, `this machine has no ${missing.join(', no ')}`);
  return false;
}

/** The same for what only a test itself can find out. */
export function skip(t: Test, reason: string): void {
  if (process.env.NSLAB_MUST_WORK === '1') t.fail(`${reason}, and NSLAB_MUST_WORK=1`);
  else t.pass(`skipped: ${reason}`, { skip: reason });
}

export type Need = keyof typeof PROBES;

const PROBES = {
  root: () => process.getuid?.() === 0 && succeeds('unshare', '--net', '--mount', '--pid', '--fork', 'true'),
  ip: () => succeeds('ip', '-V'),
  nft: () => succeeds('nft', '-v'),
  perl: () => succeeds('perl', '-v'),
  strace: () => succeeds('strace', '-o', '/dev/null', 'true'),
  busybox: () => succeeds('busybox', 'true'),
  nginx: () => succeeds('nginx', '-v'),
  docker: () => succeeds('docker', 'info'),
  dockerd: () => succeeds('dockerd', '--version') && succeeds('docker', '--version'),
  dnsmasq: () => succeeds('dnsmasq', '--version'),
  redis: () => succeeds('redis-server', '--version'),
  apache: () => succeeds('apache2', '-v'),
  python: () => succeeds('python3', '--version'),
  openssl: () => succeeds('openssl', 'version'),
  curl: () => succeeds('curl', '--version'),
  shellcheck: () => succeeds('shellcheck', '--version'),
  cc: () => succeeds('cc', '--version'),
  dot: () => succeeds('dot', '-V'),
  zsh: () => succeeds('zsh', '--version'),
  fish: () => succeeds('fish', '--version'),
  groff: () => succeeds('groff', '--version') && succeeds('man', '--version'),
  script: () => succeeds('script', '--version'),
  tcpdump: () => succeeds('tcpdump', '--version'),
};

function succeeds(...[program, ...args]: [string, ...string[]]): boolean {
  return spawnSync(program, args, { stdio: 'ignore', timeout: 180_000 }).status === 0;
}
