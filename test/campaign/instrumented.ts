import { chmod, cp, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { nslab, type Program } from './program.ts';

/** A copy of what is built, in which strace is attached to a shim or supervisor before it begins. */
export interface Instrumented extends AsyncDisposable {
  readonly program: Program;
}

export type Native = 'shim' | 'supervisor';

/** A system call that the next one makes before it begins, in vain: its number, and how often. */
export interface Spent {
  readonly number: number;
  readonly times: number;
}

/**
 * A bash line: the next one of this name is traced with these flags. strace counts the calls of each process, so a fault at a number
 * that was spent can only hit a child.
 */
export function tracing(native: Native, flags: readonly string[], spent?: Spent): string {
  return `printf '%s\\n' '${flags.join(' ')}' '${spent?.number ?? 0} ${spent?.times ?? 0}' > /tmp/fault-${native}`;
}

/** The log of strace, and what says whom to trace; strace ends when it has seen the end of the program. */
export const TRACES = /^[-+] (tmp: .*\/tmp\/(log|fault-\w+)|process: \d+ \(strace\) .*)$/;

/**
 * Once only, for the first of its name. Its number is not changed by that, and strace has none of its descriptors. It is attached while
 * this is stopped, so no call of the waiting counts.
 */
const WRAPPER = `#!/usr/bin/perl
use POSIX ();
my ($folder, $name) = $0 =~ m{^(.*)/([^/]+)$};
my ($real, $wanted) = ("$folder/real/$name", "/tmp/fault-$name");
if ($ARGV[0] ne 'hold' && open my $file, '<', $wanted) {
  my ($flags, $spent) = <$file>;
  close $file;
  unlink $wanted;
  my $traced = $$;
  if (my $child = fork) { waitpid $child, 0 }
  else { fork && POSIX::_exit(0); attach($traced, $flags) }
  kill STOP => $traced;
  my ($call, $times) = split ' ', $spent;
  syscall $call + 0, (-1) x 6 for 1 .. $times;
}
exec { $real } $real, @ARGV;

sub attach {
  my ($traced, $flags) = @_;
  POSIX::close($_) for map { m{(\\d+)$} } glob '/proc/self/fd/*';
  POSIX::open('/dev/null', POSIX::O_RDWR()) for 0 .. 2;
  until_is($traced, qr/^State:\\s+T/m);
  my $strace = fork;
  exec qw(/usr/bin/strace -q -n -f -y -s 120 -o /tmp/log), split(' ', $flags), '-p', $traced unless $strace;
  until_is($traced, qr/^TracerPid:\\s+[1-9]/m);
  until_is($strace, qr/^State:\\s+S/m) for 1 .. 3;
  kill CONT => $traced;
  POSIX::_exit(0);
}

sub until_is {
  my ($pid, $state) = @_;
  for (;;) {
    open my $file, '<', "/proc/$pid/status" or return;
    return if join('', <$file>) =~ $state;
    select undef, undef, undef, 0.005;
  }
}
`;

export async function instrument(): Promise<Instrumented> {
  const folder = await mkdtemp('/var/tmp/nslab-programs-');
  const dist = join(folder, 'dist');
  await cp(dirname(nslab.argv[1] ?? ''), dist, { recursive: true });
  const native = join(dist, 'native');
  await mkdir(join(native, 'real'));
  for (const name of ['shim', 'supervisor'] satisfies Native[]) {
    await rename(join(native, name), join(native, 'real', name));
    await writeFile(join(native, name), WRAPPER);
    await chmod(join(native, name), 0o755);
  }
  return {
    program: { ...nslab, argv: ['node', join(dist, 'nslab.cjs')] },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  };
}
