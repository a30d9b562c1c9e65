# Logs the signals that it gets, one a line, after a first line `ready PID`; SIGALRM ends it with exit code 7.
# Perl counts signals that arrive while another is handled; a shell would take two for one.
use strict;
use warnings;

$| = 1;
for my $name (qw(HUP INT QUIT TERM USR1 USR2 WINCH)) {
  $SIG{$name} = sub { print "SIG$name\n" };
}
$SIG{ALRM} = sub { print "end\n"; exit 7 };
print "ready $$\n";
sleep 1 while 1;
