/**
 * A storm: so many processes that ignore what asks them to end, each of which is somebody else twice a second. Its number is
 * bounded from the start: whoever leaves has started exactly one before. At the latest a quarter of an hour later all are gone by themselves.
 */
export function storm(size: number, { leavesSession }: { readonly leavesSession: boolean }): string[] {
  const program = `
    use POSIX;
    $SIG{$_} = 'IGNORE' for qw(TERM INT HUP QUIT USR1 USR2 CHLD);
    my $end = time + 900;
    for (1 .. ${size}) {
      next if fork;
      while (time < $end) { ${leavesSession ? 'POSIX::setsid();' : ''} select undef, undef, undef, 0.3 + rand 0.4; exit if fork }
      exit;
    }
    $| = 1;
    print "raging\\n";
    sleep 1 while time < $end;
  `;
  return ['perl', '-e', program.replace(/\s*\n\s*/g, ' ')];
}
