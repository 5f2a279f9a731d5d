import { readFileSync } from 'node:fs';
import type { Resolver } from '../spec/pod-spec.ts';

/** What a pod's resolv.conf is made from. */
export interface ResolverSource {
  /** The pod's own settings, from its manifest. */
  readonly wanted?: Resolver | undefined;
  /** Whether 127.0.0.1 is the pod's own: a server of the host on a loopback address does not answer there. */
  readonly ownLoopback: boolean;
  /** The text of a file of the host; empty where it cannot be read. */
  readonly read?: (path: string) => string;
  /** Receives what the user should know. */
  readonly warn?: (line: string) => void;
}

/** resolv.conf(5) for a pod: this host's, or the pod's own, or both. Then the pod's come first, because a resolver asks in order. */
export function resolvConf({ wanted, ownLoopback, read = readHostFile, warn }: ResolverSource): string {
  const text = wanted?.base === 'none' ? '' : read(HOST_FILE);
  const found = parseResolvConf(text);
  const isStub = ownLoopback && found.nameservers.some(isLoopback);
  if (wanted === undefined && !isStub) return text;
  const host = isStub ? upstreamOf(found, read, warn) : found;
  return format({
    nameservers: distinct([...(wanted?.nameservers ?? []), ...host.nameservers]).slice(0, MOST_SERVERS),
    searches: distinct([...(wanted?.searches ?? []), ...host.searches]),
    options: mergeOptions(wanted?.options ?? [], host.options),
    other: host.other,
  });
}

interface ResolvConf {
  readonly nameservers: readonly string[];
  readonly searches: readonly string[];
  readonly options: readonly string[];
  /** Lines of other keywords, such as `sortlist`. */
  readonly other: readonly string[];
}

/**
 * Reads a file as resolv.conf(5) says: a keyword, then values after blanks and tabs. Of `search` and `domain` the last line
 * counts; `options` lines add up. What follows `#` or `;` is a comment: glibc reads a server's address no further either.
 */
export function parseResolvConf(text: string): ResolvConf {
  const nameservers: string[] = [];
  const options: string[] = [];
  const other: string[] = [];
  let searches: readonly string[] = [];
  for (const line of text.split(/\r?\n/)) {
    // A keyword stands first on its line: one that is indented is none.
    const [keyword = '', ...values] = /^[#;\s]/.test(line) ? [] : wordsOf(line);
    if (values[0] === undefined) continue;
    if (keyword === 'nameserver') nameservers.push(values[0]);
    else if (keyword === 'domain') searches = [values[0]];
    else if (keyword === 'search') searches = values;
    else if (keyword === 'options') options.push(...values);
    else other.push([keyword, ...values].join(' '));
  }
  return { nameservers: nameservers.slice(0, MOST_SERVERS), searches, options, other };
}

/** Up to the first word that begins a comment. */
function wordsOf(line: string): string[] {
  const words = line.split(/\s+/).filter(Boolean);
  const comment = words.findIndex((word) => /^[#;]/.test(word));
  return (comment < 0 ? words : words.slice(0, comment)).map((word) => word.replace(/[#;].*$/, ''));
}

/** Any of 127.0.0.0/8, ::1, and either with a zone or as an IPv4-mapped address. */
function isLoopback(server: string): boolean {
  return /^(::ffff:)?127\.|^(0{0,4}:){2,7}0{0,3}1(%.*)?$/i.test(server);
}

/**
 * What the stub on a loopback address asks: its program keeps a list of the real servers. Where there is no such list, the
 * host's other servers are left, and the user is told.
 */
function upstreamOf(
  own: ResolvConf,
  read: (path: string) => string,
  warn?: (line: string) => void,
): ResolvConf {
  const reachable = ({ nameservers }: ResolvConf) => nameservers.filter((server) => !isLoopback(server));
  // `trust-ad` is for a server that is as near as a stub.
  const options = own.options.filter((option) => option !== 'trust-ad');
  for (const path of UPSTREAM_FILES) {
    const found = parseResolvConf(read(path));
    const nameservers = reachable(found);
    const searches = found.searches.length > 0 ? found.searches : own.searches;
    if (nameservers.length > 0) return { ...own, nameservers, searches, options };
  }
  const nameservers = reachable(own);
  const stubs = own.nameservers.filter(isLoopback).join(', ');
  const left = nameservers.length > 0 ? 'and are left out' : 'so it has no name server';
  warn?.(
    `the name servers of this host's ${HOST_FILE} (${stubs}) do not answer in a pod, whose loopback is its own, ${left}: name one by dnsConfig, or in ${HOST_FILE}`,
  );
  return { ...own, nameservers, options };
}

/** The pod's value of an option counts: `ndots:2` replaces the host's `ndots:5`. As the kubelet merges them. */
function mergeOptions(own: readonly string[], hosts: readonly string[]): string[] {
  const nameOf = (option: string) => option.replace(/:.*$/, '');
  const names = new Set(own.map(nameOf));
  return distinct([...own, ...hosts.filter((option) => !names.has(nameOf(option)))]);
}

function distinct(words: readonly string[]): string[] {
  return [...new Set(words)];
}

function format({ nameservers, searches, options, other }: ResolvConf): string {
  return [
    ...nameservers.map((server) => `nameserver ${server}`),
    ...(searches.length > 0 ? [`search ${searches.join(' ')}`] : []),
    ...(options.length > 0 ? [`options ${options.join(' ')}`] : []),
    ...other,
    '',
  ].join('\n');
}

/** resolv.h: MAXNS. A resolver reads no more. */
const MOST_SERVERS = 3;

const HOST_FILE = '/etc/resolv.conf';

/** Where systemd-resolved, NetworkManager and resolvconf (for dnsmasq) keep the servers that their stub asks. */
const UPSTREAM_FILES = [
  '/run/systemd/resolve/resolv.conf',
  '/run/NetworkManager/no-stub-resolv.conf',
  '/var/run/NetworkManager/no-stub-resolv.conf',
  '/run/dnsmasq/resolv.conf',
] as const;

function readHostFile(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
