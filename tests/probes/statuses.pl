# Runs `PREFIX… sh -c ACTION` for each action and prints how it ended: the exit code, or `signal N`.
# Usage: statuses.pl NUMBER-OF-ACTIONS ACTION… PREFIX…
use strict;
use warnings;

my $count = shift;
my @actions = splice @ARGV, 0, $count;
$| = 1;
for my $action (@actions) {
  system { $ARGV[0] // 'sh' } @ARGV, 'sh', '-c', $action;
  print $? & 127 ? 'signal ' . ($? & 127) : $? >> 8, "\n";
}
