import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { exec } from '../../src/commands/exec.ts';
import { run } from '../../src/commands/run.ts';
import { checkHostname, checkName } from '../../src/spec/names.ts';
import { collapsed, leftBehind } from '../campaign/left-behind.ts';
import { PretendHost, type Result } from '../campaign/pretend-host.ts';
import { nslab } from '../campaign/program.ts';
import { requires } from '../requires.ts';

/** Arguments of `nslab`, exit status, the line on stderr, the hint. */
type Case = readonly [words: readonly string[], status: number, message: RegExp, hint?: RegExp];

const NAME = /^nslab: ".*" is not a name for a pod$/;
const RULE = /lower-case letters, digits, "-" and "\.".*at most 200/;
const x = (count: number) => 'x'.repeat(count);

const BAD_NAMES = [
  ...['', '.', '..', '../x', 'a/b', 'a b', ' a', 'a\n', 'a\nb', 'ä', 'pаuse', 'a‮b', 'a​b', 'ＡＢ', 'ｗｅｂ'],
  ...[
    x(201),
    x(255),
    'eth0@',
    'a@b@c',
    'default@web',
    'a%d',
    '__proto__',
    'Web',
    'a_b',
    'a..b',
    'a-',
    'a:b',
    '*',
    '$(id)',
    '`id`',
    'a;b',
  ],
];

const BAD_SUBNETS: readonly [string, RegExp][] = [
  ['010.0.0.0/8', /not an IPv4 address/],
  ['10.0.0/24', /not an IPv4 address/],
  ['10.0.0.0', /not a subnet/],
  ['10.0.0.0/0', /not a subnet/],
  ['10.0.0.0/7', /between \/8 and \/30/],
  ['10.0.0.0/31', /between \/8 and \/30/],
  ['10.0.0.1/32', /between \/8 and \/30/],
  ['10.0.0.1/16', /bits set after its prefix/],
  ['224.0.0.0/8', /multicast/],
  ['127.0.0.0/16', /loopback/],
  ['169.254.0.0/16', /link-local/],
  ['0.0.0.0/8', /"this network"/],
  ['240.0.0.0/8', /reserved/],
  ['fd00::/64', /between \/8 and \/30|not an IPv4 address/],
  ['fe80::1%eth0/16', /not an IPv4 address/],
  ['', /not a subnet/],
  ['203.0.113.0/25', /overlaps the route 203\.0\.113\.0\/24 dev uplink/],
];

/** Numbers that tools read differently, or that a C program cuts to 32 bits. */
const AMBIGUOUS = ['01', '0x10', '+1', ' 1', '1 ', '١', '１', '1_000', '18446744073709551617'];

const BAD_PORTS = [
  ...AMBIGUOUS.map((port) => `${port}:80`),
  ...AMBIGUOUS.map((port) => `80:${port}`),
  '4294967376:80',
  '80',
  '0:80',
  '80:0',
  '65536:80',
  '80:65536',
  '-1:80',
  'http:80',
  '80:80/sctp',
  '80:80:80',
  '',
  ':',
];

const hold = (...more: string[]) => ['hold', 'web', ...more];
const run_ = (...more: string[]) => ['run', '--name', 'w', '--network', 'none', ...more];

const MANIFEST = fileURLToPath(new URL('../../scripts/labs/two-containers.yaml', import.meta.url));

const CASES: readonly Case[] = [
  // Names
  ...BAD_NAMES.map((name): Case => [['hold', name], 2, NAME, RULE]),
  ...['-rf', '--help-me'].map((name): Case => [['hold', name], 2, /^nslab: unknown option '/]),
  [['hold', '--', '-rf'], 2, NAME, RULE],
  ...['all', 'host', 'none', 'default'].map(
    (name): Case => [['hold', name], 2, /^nslab: a pod cannot be called ".*": the word is reserved$/],
  ),
  [['down', '../x'], 2, NAME],
  [['down', 'web', 'A'], 2, NAME],
  [['network', 'create', '../x'], 2, /is not a name for a network/],
  [['network', 'create', 'default'], 2, /the word is reserved/],
  [hold('--hostname', '-x'), 2, /is not a host name/],
  [hold('--hostname', 'a..b'), 2, /is not a host name/],
  [hold('--hostname', x(65)), 2, /is not a host name/],
  [hold('--hostname', ''), 2, /is not a host name/],
  [hold('--hostname', 'a b'), 2, /is not a host name/],
  [hold('--hostname', 'x', '--share', 'net'), 2, /no UTS namespace of its own/, /add uts/],
  // What a pod can have
  [hold('--share', ''), 2, /"" is not a kind of namespace that a pod can share/, /net,ipc,uts,pid/],
  [hold('--share', 'net,mnt'), 2, /"mnt" is not a kind/],
  [hold('--share', 'net,,ipc'), 2, /"" is not a kind/],
  [hold('--share', 'NET'), 2, /"NET" is not a kind/],
  [hold('--share', 'net', '--network', 'host'), 2, /shares nothing/],
  [hold('--network', 'none', '-p', '80:80'), 2, /has no interface/],
  [hold('--network', 'host', '--ip', '10.244.0.9'), 2, /has no interface/],
  [hold('--network', '../x'), 2, /is not a name for a network/],
  [hold('--network', 'nowhere'), 1, /^nslab: no network "nowhere"$/, /nslab network create nowhere/],
  ...['010.244.0.9', '10.244.9', '::1', 'fe80::1%eth0', '10.244.0.9/16', 'x', ''].map(
    (ip): Case => [hold('--ip', ip), 2, /is not an IPv4 address$/],
  ),
  ...['10.244.0.0', '10.244.0.1', '10.244.255.255', '192.0.2.1', '224.0.0.1'].map(
    (ip): Case => [hold('--ip', ip), 2, /cannot be a pod's in network "default"/],
  ),
  // Ports
  ...BAD_PORTS.map((port): Case => [hold('-p', port), 2, /is not a published port$/, /8080:80/]),
  [hold('-p', '80:80', '-p', '80:81'), 2, /port 80\/tcp is published twice/],
  [hold('-p', '8123:80'), 1, /port 8123\/tcp of this host is in use/, /ss -lnp/],
  // Networks
  ...BAD_SUBNETS.map(([cidr, why]): Case => [['network', 'create', 'n', '--subnet', cidr], 2, why]),
  [['network', 'create', 'n', '--type', 'macvlan'], 2, /no network type "macvlan"/],
  ...['0', '67', '65536', '1e3', '-1', '1500 ', 'x', '', ...AMBIGUOUS].map(
    (mtu): Case => [['network', 'create', 'n', '--mtu', mtu], 2, /--mtu ".*" is not an MTU from 68 to 65535/],
  ),
  [['network', 'rm', 'nowhere'], 1, /^nslab: no network "nowhere"$/],
  [['network', 'inspect', 'nowhere'], 1, /^nslab: no network "nowhere"$/],
  [['network', 'rm', '../pods'], 1, /no network/],
  // run: every error of nslab is 125
  [['run'], 125, /missing required argument|required option/],
  [['run', '--name', 'w', '--network', 'none'], 125, /missing required argument/],
  [['run', '--name', 'w', '--', 'true'], 125, /run needs --network/, /--pod POD is short for/],
  [['run', '--name', 'W!', '--network', 'none', '--', 'true'], 125, /is not a name for a workload/],
  [run_('--nonsense', '--', 'true'), 125, /unknown option '--nonsense'/],
  [run_('-d', '--rm', '--', 'true'), 125, /--rm needs nslab to wait/],
  [run_('--restart', 'always', '--', 'true'), 125, /--restart needs -d/],
  [run_('-d', '--restart', 'sometimes', '--', 'true'), 125, /no restart policy/, /on-failure/],
  [run_('-w', 'relative', '--', 'true'), 125, /is not an absolute path/],
  [run_('-e', '=x', '--', 'true'), 125, /is not the name of an environment variable/],
  [run_('-e', '1A=x', '--', 'true'), 125, /is not the name of an environment variable/],
  [run_('-e', 'A B=x', '--', 'true'), 125, /is not the name of an environment variable/],
  ...['rel:/x', '/x:rel', '/x', '/x:/y:rx', '/x:/y:ro:z', ':', ''].map(
    (volume): Case => [
      run_('--volume', volume, '--', 'true'),
      125,
      /is not a volume$/,
      /both absolute paths/,
    ],
  ),
  ...['/tmp:/', '/tmp:/.', '/tmp:/a/..', '/tmp://'].map(
    (volume): Case => [run_('--volume', volume, '--', 'true'), 125, /over the root of the workload/],
  ),
  [run_('--volume', '/no/such:/x', '--', 'true'), 125, /volume \/no\/such does not exist/],
  ...['x', '-1', '1.5', '1e9', '2147483648', '', ...AMBIGUOUS].map(
    (s): Case => [
      run_('--stop-timeout', s, '--', 'true'),
      125,
      /--stop-timeout ".*" is not a number of seconds from 0 to 2147483647/,
    ],
  ),
  ...['4294967296', '4294967297', '2147483648', '-1', '-4294967296', ...AMBIGUOUS].flatMap((id): Case[] => [
    [run_('-u', id, '--', 'true'), 125, /no user ".*" on this machine/],
    [run_('-u', `1:${id}`, '--', 'true'), 125, /no group ".*" on this machine/],
  ]),
  [run_('-u', '4294967296', '--', 'true'), 125, /it is not a uid or gid from 0 to 2147483647/],
  [run_('-u', '1:2:3', '--', 'true'), 125, /"1:2:3" is not USER\[:GROUP\]/],
  [run_('-u', 'no-such-user', '--', 'true'), 125, /no user "no-such-user"/],
  [run_('-u', 'root:no-such-group', '--', 'true'), 125, /no group "no-such-group"/],
  [run_('-u', '', '--', 'true'), 125, /no user ""/],
  [run_('--ipc', 'none', '--', 'true'), 125, /--ipc "none" is neither container:POD nor host$/],
  [run_('--pid', 'container:', '--', 'true'), 125, /neither container:POD nor host/],
  [run_('--uts', 'container:A', '--', 'true'), 125, /is not a name for a pod/],
  [
    ['run', '--name', 'w', '--network', 'bridge', '--', 'true'],
    125,
    /neither container:POD nor host nor none/,
  ],
  [['run', '--name', 'w', '--network', 'container:../x', '--', 'true'], 125, /is not a name for a pod/],
  [
    ['run', '--name', 'w', '--network', 'container:nobody', '--', 'true'],
    125,
    /no such pod or workload: nobody/,
  ],
  [['run', '--name', 'w', '--pod', 'nobody', '--', 'true'], 125, /no such pod or workload: nobody/],
  // exec
  [['exec'], 125, /missing required argument 'name'/],
  [['exec', 'web'], 125, /missing required argument 'command'/],
  [['exec', 'web', '--'], 125, /missing required argument 'command'|exec needs a command/],
  [['exec', 'nobody', 'true'], 125, /no such pod or workload: nobody/],
  [['exec', '--nonsense', 'web', 'true'], 125, /unknown option/],
  [['exec', '../../etc', 'true'], 125, /no such pod or workload/],
  // The command line
  [['hodl', 'web'], 2, /unknown command 'hodl'/, /Did you mean hold\?/],
  [['netwrok', 'ls'], 2, /unknown command 'netwrok'/, /Did you mean network\?/],
  [['network', 'lss'], 2, /unknown command 'lss'/, /Did you mean/],
  [['hold'], 2, /missing required argument 'name'/],
  [['hold', 'a', 'b', 'a'], 2, /two pods are called "a"/],
  [['hold', 'a', 'B'], 2, NAME, RULE],
  [['hold', 'a', 'b', '--ip', '10.244.0.9'], 2, /--ip and --publish apply to one pod/],
  [['hold', 'a', 'b', '-p', '80:80'], 2, /--ip and --publish apply to one pod/],
  [['ps', 'web'], 1, /no such pod or workload: web/],
  [['ps', '--filter', 'x'], 2, /--filter "x" is neither name=TEXT nor state=STATE/],
  [['ps', '--filter', 'size=1'], 2, /--filter "size=1" is neither/],
  [['version', 'web'], 2, /too many arguments/, /nslab version --help/],
  [['logs', 'web', '--since', '1h'], 2, /when it wrote them is not known/, /--tail/],
  [['logs', 'web', '--timestamps'], 2, /when it wrote them is not known/],
  [['down', 'nobody'], 1, /^nslab: no such pod: nobody$/, /--ignore-not-found/],
  [['down', 'nobody', 'web', 'nobody'], 1, /^nslab: no such pods: nobody, web$/],
  [['down', '-f', MANIFEST], 1, /^nslab: no such pod: pod-two-container$/],
  [['help', 'nosuch'], 2, /there is no command "nosuch"/],
  [['help', 'network', 'nosuch'], 2, /there is no command "network nosuch"/],
  [['network', 'create'], 2, /missing required argument 'name'/, /nslab network create --help/],
  [['capture'], 2, /missing required argument 'where'/],
  [['capture', 'nobody'], 2, /no pod, workload, network namespace or link of this host is called "nobody"/],
  [['capture', ''], 2, /no pod, workload, network namespace or link/],
  [['capture', '/tmp'], 1, /there is no network namespace \/tmp/],
  [['capture', 'nobody', '-i', 'eth0'], 2, /is called "nobody"/],
  [['capture', 'host', '-i', 'eth77'], 2, /host has no link "eth77"/],
  [['capture', 'host', '-c', '0'], 2, /--count "0" is not/],
  [['capture', 'host', '-c', '1', '-c', '2'], 2, /given twice|twice/],
  [['capture', 'host', 'host', 'nobody'], 2, /"nobody" is neither a pod nor an address/],
  [['capture', 'host', 'tcp port 65536'], 2, /port "65536" is not a port/],
  [['capture', 'host', '(tcp'], 2, /a parenthesis is not closed/],
  [['capture', 'host', 'net 10.0.0.1/8'], 2, /bits set after its prefix/],
  [['capture', 'host', '-w', '/no/such/file'], 1, /cannot write \/no\/such\/file: ENOENT/],
  [['events', 'links'], 2, /no type of events "links"/],
  [['events', '-c', '-1'], 2, /--count "-1" is not/],
  [['events', '-o', 'yaml'], 2, /no output format "yaml"/],
  [['ns', 'why'], 2, /missing required argument/, /nslab ns why --help/],
  [['ps', '--color', 'x'], 2, /argument 'x' is invalid/, /nslab ps --help/],
  // An unknown option: the known ones after it are known still
  [['run', '-it', '--name', 'q', '--network', 'none', '--', 'true'], 125, /unknown option '-it'/],
  [['run', '--network', 'none', '--', 'true'], 125, /run needs a name.*--name/, /--name true/],
  [
    ['run', '--name', 'w', '--network', 'none', '-v', '/srv:/srv:ro', '--', 'true'],
    125,
    /"\/srv:\/srv:ro" is a volume and no command/,
    /--volume \/srv:\/srv:ro$/,
  ],
  [['kill', '-9', 'web/u'], 1, /no such pod or workload: web\/u/],
  [['kill', '-KILL', 'web/u'], 1, /no such pod or workload: web\/u/],
  [['kill', '-NOSIG', 'web/u'], 2, /no signal "NOSIG"/],
  [['kill', '-x', 'web/u'], 2, /unknown option '-x'/],
  // Verbs of neighbours
  ...['apply', 'create', 'delete', 'get', 'describe', 'cp', 'port-forward', 'pull', 'build', 'rollout'].map(
    (verb): Case => [
      [verb, 'x', '-f', 'y'],
      2,
      new RegExp(`^nslab: nslab has no \`${verb}\`; the same is: `),
    ],
  ),
  [['apply', '-f', 'x'], 2, /: nslab up -d -f FILE$/],
  [['constructor'], 2, /unknown command 'constructor'/],
  [['ps', '--al'], 2, /unknown option '--al'/, /Did you mean --all\?/],
  [['hold', 'web', '--nework', 'x'], 2, /unknown option '--nework'/, /Did you mean --network\?/],
  [['hold', 'web', '--network'], 2, /argument missing/],
  [['--state-dir'], 2, /argument missing/],
  [['down', 'x', '-f', MANIFEST], 2, /down needs names, or -f FILE, or --all/],
  [['down', '-f', '/no/such.yaml'], 2, /cannot read the manifest \/no\/such\.yaml: there is no such file/],
  // Manifests: errors inside of one are in test/manifest
  [['up'], 2, /no manifest given/, /-f FILE/],
  [['up', '-f', '/no/such.yaml'], 2, /cannot read the manifest \/no\/such\.yaml: there is no such file/],
  [['up', 'x.yaml'], 2, /up takes its manifests by -f/, /nslab up -d -f x\.yaml/],
  [['up', '-f', '-', '-f', '-'], 2, /standard input can be read only once/],
  [['up', '-f', '-'], 2, /stdin/],
  [
    ['up', '-f', '/dev/zero'],
    2,
    /^nslab: \/dev\/zero:1:1: more than 4194304 bytes: too large for a manifest$/,
  ],
  [['up', '-f', '/bin/true'], 2, /\/bin\/true:1:1: this line is not UTF-8/, /iconv/],
  [['up', '-f', 'https://example.com/pod.yaml'], 2, /nslab fetches nothing/, /curl -fsSL/],
  [['up', '-f', '/var/empty-for-nslab'], 2, /there is no such file/],
  [['up', '-f', '/proc/self/task'], 2, /has no \.yaml, \.yml or \.json file/],
  [['up', '-f', '/etc/passwd'], 2, /\/etc\/passwd:1:/],
  [['up', '-f', MANIFEST, '-o', 'json'], 2, /it needs --dry-run/],
  [['up', '-f', MANIFEST, '--dry-run', '-o', 'xml'], 2, /no output format "xml"/, /text, json/],
  [['up', '-f', MANIFEST, '--image', 'x'], 2, /--image "x" is neither NAME=COMMAND nor NAME=dir:PATH/],
  [['up', '-f', MANIFEST, '--image', '=x'], 2, /is neither NAME=COMMAND/],
  [['up', '-f', MANIFEST, '-f', MANIFEST], 2, /pod-two-container/],
  [['up', '-d', '-f', MANIFEST, '--network', '../x'], 2, /is not a name for a network/],
  [
    ['up', '-d', '-f', MANIFEST, '--network', 'nowhere'],
    1,
    /^nslab: no network "nowhere"$/,
    /nslab network create/,
  ],
  [['down'], 2, /down needs names, or -f FILE, or --all/],
  [['down', 'web', '--all'], 2, /down needs names, or -f FILE, or --all/],
  // Formats
  ...[['ps'], ['network', 'ls'], ['doctor'], ['ns']].map(
    (words): Case => [[...words, '-o', 'xml'], 2, /no output format "xml"/, /json/],
  ),
  [['version', '-o', 'yaml'], 2, /no output format "yaml"/, /text, json/],
  [['inspect', 'web', '-o', 'table'], 2, /no output format "table"/, /json, yaml/],
  [['ps', '-o', ''], 2, /no output format ""/],
  [['ps', '-o', '__proto__'], 2, /no output format "__proto__"/],
  // Missing objects
  ...['inspect', 'logs', 'stop', 'kill', 'wait', 'rm', 'restart'].map(
    (verb): Case => [[verb, 'nobody'], 1, /^nslab: no such pod or workload: nobody$/, /nslab ps -a/],
  ),
  [['ns', 'nobody'], 1, /no such pod or workload/],
  ...['inspect', 'logs', 'stop', 'ns'].map(
    (verb): Case => [[verb, 'web/'], 2, /"web\/" is neither POD nor POD\/WORKLOAD/],
  ),
  [['inspect', '../../etc/passwd'], 1, /no such pod or workload/],
  ...['x', '1000000000', '1.5', ...AMBIGUOUS].map(
    (lines): Case => [['logs', 'nobody', '--tail', lines], 2, /is not a number of lines from 0 to 999999999/],
  ),
  ...['0', '9007199254740993', '-1', ...AMBIGUOUS].map(
    (inode): Case => [['ns', 'why', '--', inode], 2, /is not a namespace's inode/],
  ),
  ...['x', '1000000000', ...AMBIGUOUS].map(
    (seed): Case => [['lab', 'drill', '--seed', seed], 2, /--seed ".*" is not a seed from 0 to 999999999/],
  ),
  [['logs', 'nobody', '--tail', '-1'], 2, /is not a number of lines|argument missing/],
  [['kill', '-s', 'NOSIG', 'nobody'], 2, /no signal "NOSIG"/],
  [['kill', '-s', '0', 'nobody'], 2, /no signal "0"/],
  [['kill', '-s', '99', 'nobody'], 2, /no signal "99"/],
  ...['09', '+9', ' 9', '0x9', '4294967305'].map(
    (signal): Case => [['kill', '-s', signal, 'nobody'], 2, /no signal "/],
  ),
  // The state directory and the transcript
  [['--state-dir', '/etc/passwd', 'ps'], 2, /state directory \/etc\/passwd is not a directory/],
  [['--state-dir', '/run/link', 'ps'], 2, /state directory \/run\/link is a symbolic link/],
  [['--state-dir', '/run/open', 'hold', 'web'], 2, /can be written by others \(mode 777\)/],
  [
    ['--transcript', '/no/such/file', 'hold', 'web'],
    2,
    /cannot write the transcript \/no\/such\/file: ENOENT \(no such file or directory\)$/,
    /mkdir -p \/no\/such$/,
  ],
  [
    ['--transcript', '/run', 'hold', 'web'],
    2,
    /cannot write the transcript \/run: EISDIR/,
    /name a file in it/,
  ],
  [['transcript'], 2, /missing required argument 'pod'/],
  [['transcript', 'no-such'], 1, /no such pod or workload: no-such/],
  [['transcript', 'no-such', '-o', 'yaml'], 2, /no output format "yaml"/],
  [['report', 'no-such'], 2, /report needs a file to write/],
  [['report', 'no-such', '--out', '/tmp/x.html'], 1, /no such pod or workload: no-such/],
  [['map', '-o', 'png'], 2, /no output format "png"/],
  [['map', '--watch', '-o', 'svg'], 2, /--watch prints text or JSON, no svg/, /--serve 127\.0\.0\.1:0/],
  [['map', '--serve', '8080'], 2, /--serve "8080" is not ADDRESS:PORT/, /127\.0\.0\.1:8080/],
  [['map', '--serve', '0.0.0.0:80'], 2, /0\.0\.0\.0 is not a loopback address/, /ssh -L 80:127\.0\.0\.1:80/],
  [['map', '--watch', '--serve', '127.0.0.1:0', '-o', 'text'], 2, /--serve shows an SVG, no text/],
  [['sync', '--watch', '--dry-run'], 2, /--watch goes on, and --dry-run does not/],
  [['trace', 'host'], 2, /missing required argument/],
  [['trace', 'nobody', '10.0.0.1'], 2, /no pod, workload or network namespace is called "nobody"/],
  [['trace', '', '10.0.0.1'], 2, /no pod, workload or network namespace is called ""/],
  [['trace', '..', '10.0.0.1'], 2, /no pod, workload or network namespace is called "\.\."/],
  [['trace', '/tmp', '10.0.0.1'], 1, /there is no network namespace \/tmp/],
  [['trace', '1', 'nobody:80'], 2, /"nobody" is neither a pod, a Service nor an IPv4 address/],
  [['trace', 'host', '10.0.0.1:0'], 2, /port "0" is not a port/],
  [['trace', 'host', 'sctp', '10.0.0.1:1'], 2, /no protocol "sctp"/],
  [['trace', 'host', 'icmp', '10.0.0.1:1'], 2, /icmp has no ports/],
  [['trace', 'host', 'udp', '10.0.0.1'], 2, /udp needs a port/],
  [['trace', 'host', '10.0.0.256'], 2, /is not an IPv4 address/],
  [['trace', 'host', '10.0.0.1', '--expect', 'lost'], 2, /--expect "lost" is no result/],
  [['ping'], 2, /ping FROM \[tcp\|icmp\] DEST\[:PORT\], or ping --all/],
  [['ping', 'host'], 2, /ping FROM \[tcp\|icmp\] DEST\[:PORT\]/],
  [['ping', '--all', 'host'], 2, /ping FROM \[tcp\|icmp\] DEST\[:PORT\], or ping --all/],
  [['ping', 'host', 'udp', '10.0.0.1:53'], 2, /nothing is known of what answers a datagram/],
  [['ping', 'nobody', '10.0.0.1'], 2, /no pod, workload or network namespace is called "nobody"/],
  [['ping', 'host', 'a:b:c'], 2, /"a:b:c" is not DEST or DEST:PORT/],
  [['ping', 'host', '10.0.0.1:0'], 2, /port "0" is not a port/],
  [['ping', '--all', '--timeout', 'soon'], 2, /--timeout: no duration: "soon"/],
  [['ping', '--all', '-o', 'svg'], 2, /no output format "svg"/],
  [['capture'], 2, /missing required argument 'where'/],
  [['capture', 'nobody'], 2, /no pod, workload, network namespace or link of this host is called "nobody"/],
  [['capture', ''], 2, /no pod, workload, network namespace or link/],
  [['capture', '/tmp'], 1, /there is no network namespace \/tmp/],
  [['capture', 'nobody', '-i', 'eth0'], 2, /is called "nobody"/],
  [['capture', 'host', '-i', 'eth77'], 2, /host has no link "eth77"/],
  [['capture', 'host', '-c', '0'], 2, /--count "0" is not/],
  [['capture', 'host', '-c', '1', '-c', '2'], 2, /given twice|twice/],
  [['capture', 'host', 'host', 'nobody'], 2, /"nobody" is neither a pod nor an address/],
  [['capture', 'host', 'tcp port 65536'], 2, /port "65536" is not a port/],
  [['capture', 'host', '(tcp'], 2, /a parenthesis is not closed/],
  [['capture', 'host', 'net 10.0.0.1/8'], 2, /bits set after its prefix/],
  [['capture', 'host', '-w', '/no/such/file'], 1, /cannot write \/no\/such\/file: ENOENT/],
  [['ns', 'why'], 2, /missing required argument|why needs/],
  [['ns', 'why', 'abc'], 2, /"abc" is not a namespace's inode/],
  [['ns', 'why', '1'], 1, /no namespace has inode 1/],
  [['compare', 'docker', '-f', 'no-such.yaml'], 2, /cannot read the manifest no-such.yaml/],
  [['compare', 'docker', '-f', '-', '--saved', 'docker'], 2, /-f creates both pods/],
  [['compare', 'docker', '--allow-host-path'], 2, /--allow-host-path .* needs -f/],
  [['compare', 'docker', '--pod', 'a,b'], 2, /--pod "a,b" names neither/],
  [['compare', 'docker', '--pod', ','], 2, /--pod "," names neither/],
  [['compare', 'docker', '-f', '-', '--pod', 'a'], 2, /-f creates both pods/],
  [['compare', 'docker', '--image', 'a=b'], 2, /--image .* needs -f/],
  [['hold', 'web', '--driver', 'bogus'], 2, /no driver "bogus"/],
  [['network', 'create', 'n', '--driver', ''], 2, /no driver ""/],
  [['lab', 'run'], 2, /missing required argument 'name'/],
  [['lab', 'run', 'no-such'], 2, /no lab "no-such"/],
  [['lab', 'run', 'wire', '-o', 'yaml'], 2, /no output format "yaml"/],
  [['lab', 'run', 'wire', '--step'], 2, /--step asks questions: it needs a terminal/],
  [['lab', 'drill', 'wire'], 2, /a drill asks questions: it needs a terminal/],
  [['lab', 'drill', '--seed', '-1'], 2, /is not a seed from 0/],
  [['lab', 'nosuch'], 2, /unknown command 'nosuch'/],
];

t.test('a NUL, which no shell can pass, is refused before anything is changed', async (t) => {
  const options = { name: 'w', network: 'none' };
  const refused = { name: 'InputError', message: /NUL/ };
  await t.rejects(run(['a\0b'], options, {}), refused);
  await t.rejects(run(['true', 'a\0'], options, {}), refused);
  await t.rejects(run(['true'], { ...options, env: ['A=\0'] }, {}), refused);
  await t.rejects(run(['true'], { ...options, name: 'w\0' }, {}), {
    name: 'InputError',
    message: /not a name/,
  });
  for (const name of ['a\0', '\0', 'a\0/b']) {
    t.throws(() => checkName('pod', name), { name: 'InputError' });
    t.throws(() => checkHostname(name), { name: 'InputError' });
  }
  await t.rejects(run([], options, {}), /run needs a command/);
  await t.rejects(exec('web', [], {}, {}), /exec needs a command/);
});

t.test('good names (negative control)', async (t) => {
  for (const name of [
    'a',
    'web',
    'a-b',
    '0',
    'a0',
    x(40),
    x(200),
    'a.b',
    'lo',
    'eth0',
    'pause',
    'constructor',
  ])
    t.equal(checkName('pod', name), name);
  for (const name of ['web', 'Web.example', 'a.b-c.d', x(63)]) t.equal(checkHostname(name), name);
});

if (requires(t, 'root', 'ip', 'nft')) {
  t.test(`${CASES.length} bad inputs: exit status, one line, and nothing is changed`, async (t) => {
    await using host = await PretendHost.create({ uplink: true, tmp: true });
    await host.run(['bash', '-c', 'mkdir -m 777 /run/open; chmod 777 /run/open; ln -s open /run/link']);
    const server = 'require("net").createServer().listen(8123, () => console.log())';
    const serving = host.spawn(['node', '-e', server], { timeout: 3_600_000 });
    await new Promise((resolve) => serving.child.stdout?.once('data', resolve));
    // One call first, so that what a first call creates for good exists in the snapshot.
    t.match(await host.run([...nslab.argv, 'ps', '-q']), { status: 0, stdout: '', stderr: '' });
    const before = await host.snapshot();
    const stateBefore = visibleState(host);
    const attempt = async ([words, status, message, hint]: Case) => {
      const result = await host.run([...nslab.argv, ...words]);
      t.same(deviations(result, status, message, hint), [], `nslab ${JSON.stringify(words)}`);
    };
    // Two at a time; the cases that claim the pod run one by one.
    const claims = ([, , message]: Case) => /cannot be a pod|nowhere|in use/.test(message.source);
    const others = CASES.filter((each) => !claims(each));
    const work = async (): Promise<void> => {
      for (let each = others.shift(); each !== undefined; each = others.shift()) await attempt(each);
    };
    await Promise.all([work(), work()]);
    for (const each of CASES.filter(claims)) await attempt(each);
    for (const words of [[], ['network']]) {
      const result = await host.run([...nslab.argv, ...words]);
      t.match(
        result,
        { status: 2, stdout: '', stderr: /^Usage: nslab/ },
        'no command: the help, as an error',
      );
    }
    t.same(visibleState(host), stateBefore, 'no link, no name, no state');
    t.same(collapsed(await leftBehind(host, before)), [], 'and nothing else is left');

    const good = await host.run([...nslab.argv, 'hold', 'web']);
    t.match(good, { status: 0, stdout: 'web\n', stderr: '' });
    t.notSame(visibleState(host), stateBefore, 'a change is noticed (negative control)');
    t.equal((await host.run([...nslab.argv, 'down', 'web'])).status, 0);
    t.same(visibleState(host), stateBefore);
  });

  if (requires(t, 'strace')) {
    t.test('0 mutating system calls, by strace', async (t) => {
      await using host = await PretendHost.create({ tmp: true });
      const mutating = async (flags: readonly string[], words: readonly string[]) => {
        const strace = ['strace', ...flags, '-qq', '-o', '/tmp/trace', '-e', MUTATING];
        const { status } = await host.run([...strace, ...nslab.argv, ...words]);
        const { stdout } = await host.run(['cat', '/tmp/trace']);
        const calls = stdout.split('\n').filter((line) => line !== '' && !HARMLESS.test(line));
        return { status, calls: calls.map((line) => line.replace(/^\d+ +/, '')) };
      };
      for (const [status, ...words] of [
        [2, 'hold', '../x'],
        [2, 'hold', 'web', '-p', '0:80'],
        [2, 'hold', 'web', '--ip', '10.1'],
        [2, 'hold', 'web', '--share', 'mnt'],
        [2, 'hold', 'web', '--network', 'none', '--ip', '10.244.0.9'],
        [2, 'network', 'create', 'n', '--subnet', '10.0.0.1/8'],
        [2, 'network', 'create', 'n', '--mtu', '5'],
        [2, 'down', 'A'],
        [2, 'hodl'],
        [2, 'ps', '-o', 'xml'],
        [2, 'kill', '-s', 'NOSIG', 'web'],
        [125, 'run', '--name', 'w', '--network', 'x', '--', 'true'],
        [125, 'run', '--name', 'w', '--network', 'none', '--volume', 'x', '--', 'true'],
        [125, 'run', '--name', 'w', '--network', 'none', '--volume', '/no/such:/x', '--', 'true'],
        [125, 'run', '--name', 'w', '--network', 'none', '-u', 'no-such-user', '--', 'true'],
        [125, 'run', '--name', 'w', '--pod', 'nobody', '--', 'true'],
        [125, 'exec', 'nobody', 'true'],
        [1, 'stop', 'nobody'],
        [1, 'inspect', 'nobody'],
      ] as const)
        t.same(await mutating(['-f', '--seccomp-bpf'], words), { status, calls: [] }, words.join(' '));
      // Without -f, strace does not wait for the holder.
      const control = await mutating([], ['hold', 'web', '--network', 'none']);
      t.equal(control.status, 0);
      for (const call of ['unshare(', 'setns(', 'mkdir(', 'rename(', 'sethostname('])
        t.ok(
          control.calls.some((line) => line.startsWith(call)),
          `strace sees ${call} (negative control)`,
        );
      await host.run([...nslab.argv, 'down', 'web']);
    });
  }
}

const MUTATING = `trace=${[
  ...['unshare', 'setns', 'mount', 'umount2', 'pivot_root', 'sethostname', 'mkdir', 'mkdirat', 'rmdir'],
  ...['rename', 'renameat', 'renameat2', 'link', 'linkat', 'symlink', 'symlinkat', 'unlink', 'unlinkat'],
  ...['mknod', 'mknodat', 'chmod', 'fchmod', 'fchmodat', 'truncate', 'kill', 'pidfd_send_signal', 'openat'],
  ...['clone', 'clone3'],
].join(',')}`;

/** Read-only opens, Node's threads, and a child process that looks up a user. */
const HARMLESS =
  /openat\([^)]*, (O_RDONLY|O_RDWR\|O_CLOEXEC\) = \d+<\/dev\/null>)|"\/dev\/null"|clone3?\(.*CLONE_THREAD|resumed>|\+\+\+|---|CLONE_VFORK|SIGCHLD/;

/** The deviations from the expected result. */
function deviations(
  { status, stdout, stderr, timedOut }: Result,
  wanted: number,
  message: RegExp,
  hint?: RegExp,
): string[] {
  const [line = '', advice = '', ...rest] = stderr.replace(/\n$/, '').split('\n');
  const wrong: string[] = [];
  if (timedOut) wrong.push('timed out');
  if (status !== wanted) wrong.push(`status ${status}, not ${wanted}`);
  if (stdout !== '') wrong.push(`stdout: ${stdout}`);
  if (!line.startsWith('nslab: ') || !message.test(line)) wrong.push(`message: ${line}`);
  if (advice !== '' && !advice.startsWith('hint: ')) wrong.push(`second line: ${advice}`);
  if (hint && !hint.test(advice)) wrong.push(`hint: ${advice}`);
  if (rest.length > 0) wrong.push(`more lines: ${rest.join(' | ')}`);
  return wrong;
}

/** The state that a pod would change, read without a process in the host. */
function visibleState(host: PretendHost): object {
  const root = `/proc/${host.pid}/root`;
  return {
    run: readdirSync(`${root}/run`, { recursive: true }).sort(),
    links: readdirSync(`${root}/sys/class/net`).sort(),
    routes: readFileSync(`/proc/${host.pid}/net/route`, 'utf8'),
    forwarding: readFileSync(`/proc/${host.pid}/net/snmp`, 'utf8').split('\n')[1]?.split(' ')[1],
  };
}
