# Handles Ctrl-C as terraform does: slowly, after which it ends with exit code 9.
use strict;
use warnings;

$| = 1;
$SIG{INT} = sub { print "stopping\n"; select undef, undef, undef, 1; print "stopped\n"; exit 9 };
print "running\n";
sleep 1 while 1;
