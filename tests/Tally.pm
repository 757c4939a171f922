package Tally;

# The harness behind `prove --harness Tally`: prove as it is, and then two things more. It lists
# every skipped test with its reason, and the last line counts them all:
#     N passed, N failed, N skipped
# With SKIPS=FILE in the environment a skip that no line of FILE describes is a failure.

use strict;
use warnings;
use parent 'TAP::Harness';

# Programs run as they are; a script whose x bit got lost is a script all the same.
sub command { my ($harness, $file) = @_; return -x $file ? [$file] : ['sh', $file]; }

sub new {
    my ($class, $args) = @_;
    my $self = $class->SUPER::new({ %$args, exec => \&command });
    $self->{skips} = [];
    $self->callback(made_parser => sub {
        my ($parser, $job) = @_;
        $parser->callback(test => sub {
            my ($test) = @_;
            push @{ $self->{skips} }, $job->[0] . ': ' . $test->explanation if $test->has_skip;
        });
    });
    return $self;
}

# A file that skips itself as a whole ("1..0 # SKIP reason") counts as one skipped test, a file
# that breaks without a failed test (a crash, a wrong plan) as one failed test.
sub summary {
    my ($self, $all) = @_;
    $self->SUPER::summary($all);
    my ($passed, $failed) = (scalar $all->passed, scalar $all->failed);
    for my $name ($all->descriptions) {
        my ($parser) = $all->parsers($name);
        push @{ $self->{skips} }, "$name: " . $parser->skip_all if $parser->skip_all;
        $failed++ if $parser->has_problems && !$parser->failed;
        $passed -= $parser->skipped;
    }
    print "skipped: $_\n" for @{ $self->{skips} };
    my @unexpected = $self->unexpected;
    print "not in the list of expected skips: $_\n" for @unexpected;
    $failed += @unexpected;
    printf "%d passed, %d failed, %d skipped\n", $passed, $failed, scalar @{ $self->{skips} };
    exit 1 if @unexpected;
}

sub unexpected {
    my ($self) = @_;
    return () unless $ENV{SKIPS};
    open my $file, '<', $ENV{SKIPS} or die "$ENV{SKIPS}: $!";
    my @expected = map { chomp; /^#|^$/ ? () : $_ } <$file>;
    return grep { my $skip = $_; !grep { index($skip, $_) >= 0 } @expected } @{ $self->{skips} };
}

1;
