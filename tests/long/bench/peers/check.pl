#!/usr/bin/perl
# The check in Perl as CGI::Session's manual has it, with its own table. Given a name, it signs that
# one in and prints the session's id.
use strict;
use warnings;
use CGI qw(-utf8);
use CGI::Session;
use DBI;

my $server = DBI->connect("dbi:mysql:database=perl;mysql_socket=$ENV{BENCH_SOCKET}",
    'bench', 'bench', { RaiseError => 1, PrintError => 0 });

if (@ARGV) {
    my $session = CGI::Session->new('driver:mysql', undef, { Handle => $server }) or die CGI::Session->errstr;
    $session->param(user => $ARGV[0]);
    $session->expire('+12h');
    $session->flush;
    print $session->id;
    exit;
}

my $cgi = CGI->new;
my $session = CGI::Session->load('driver:mysql', $cgi, { Handle => $server }) or die CGI::Session->errstr;
my $user = $session->param('user');
if ($session->is_empty || $session->is_expired || !defined $user) {
    print $cgi->header(-status => '401 Unauthorized', -charset => 'utf-8');
    print '<!doctype html><title>Sign in</title><p>Not signed in.';
} else {
    print $cgi->header(-charset => 'utf-8', -cache_control => 'no-store');
    print '<!doctype html><title>Protected</title><p>Signed in as ', $cgi->escapeHTML($user), '.';
}
$session->flush;
$server->disconnect;
